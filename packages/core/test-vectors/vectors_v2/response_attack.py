"""What attacks on a response share: the client that sent `request-rsa2048` must refuse it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Dict, Iterator, Mapping

import nomyo_peer as peer

from .sealing import FrameRecipe, ResponseRecipe, SealedRequest, data, meta, pad

REQUEST = "request-rsa2048"


@dataclass(frozen=True)
class Attack:
    name: str
    comment: str
    response: bytes
    expected: str = "opaque"

    def vector(self) -> Dict[str, Any]:
        return {
            "id": f"response/{self.name}",
            "comment": self.comment,
            "request": REQUEST,
            "response_base64": peer.to_base64(self.response),
            "expected": self.expected,
        }


class Attacks:
    """Attacks of some kind."""

    def __init__(self, requests: Mapping[str, SealedRequest]) -> None:
        self.requests = requests
        self.request = requests[REQUEST]
        self.meta = meta(self.request)
        self.good = (self.meta, data("one "), data("two "), data("three"), pad(final=True))

    def all(self) -> Iterator[Attack]:
        raise NotImplementedError

    def recipe(self, name: str, *frames: FrameRecipe, **changes: Any) -> ResponseRecipe:
        recipe = ResponseRecipe(f"response/{name}", self.request, frames or self.good)
        return replace(recipe, **changes)

    def attack(self, name: str, comment: str, *frames: FrameRecipe, **changes: Any) -> Attack:
        return Attack(name, comment, self.recipe(name, *frames, **changes).response())
