"""What attacks on a request share: a router whose ring is the key `rsa2048` must refuse it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Dict, Iterator, Optional

import nomyo_peer as peer
from nomyo_v2.wire import Outer

from .keys import Keys
from .requests_valid import outer_fields
from .sealing import PAYLOAD_ID, RequestRecipe, SealedRequest


@dataclass(frozen=True)
class Attack:
    name: str
    comment: str
    envelope: bytes
    outer: Outer = Outer(PAYLOAD_ID)
    expected: str = "opaque"
    sealed: Optional[SealedRequest] = None  # where it opens, and its answer is sealed

    def vector(self) -> Dict[str, Any]:
        fields = {
            "id": f"request/{self.name}",
            "comment": self.comment,
            "key": "rsa2048",
            "outer": outer_fields(self.outer),
            "envelope_base64": peer.to_base64(self.envelope),
            "expected": self.expected,
        }
        if self.sealed is not None:
            fields.update({"k_res": self.sealed.k_res.hex(), "th": self.sealed.th.hex()})
        return fields


class Attacks:
    """Attacks of some kind."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys

    def all(self) -> Iterator[Attack]:
        raise NotImplementedError

    def seal(self, name: str, **changes: Any) -> SealedRequest:
        recipe = self.recipe(name, **changes)
        return recipe.seal(self.keys.public["rsa2048"], self.keys.kid["rsa2048"])

    def recipe(self, name: str, **changes: Any) -> RequestRecipe:
        return replace(RequestRecipe(f"request/{name}"), **changes)
