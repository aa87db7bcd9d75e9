"""The document that says what a router speaks, and with which keys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Dict, Optional, Sequence, Tuple

from cryptography.hazmat.primitives.asymmetric import rsa

import nomyo_peer as peer

from . import wire


@dataclass(frozen=True)
class Key:
    """A key that can be used. `not_after` is in seconds since 1970."""

    public: rsa.RSAPublicKey
    not_after: Optional[float] = None


@dataclass(frozen=True)
class Capabilities:
    versions: Tuple[str, ...]
    keys: Tuple[Key, ...]
    paths: Tuple[str, ...]
    hash: bytes

    def kids(self) -> Tuple[bytes, ...]:
        return tuple(wire.kid_of(key.public) for key in self.keys)


def write_capabilities(
    versions: Sequence[str], keys: Sequence[rsa.RSAPublicKey], paths: Sequence[str]
) -> bytes:
    return peer.to_json(
        {
            "versions": list(versions),
            "keys": [{"pem": peer.spki_pem(key)} for key in keys],
            "paths": list(paths),
        }
    )


def read_capabilities(body: bytes) -> Capabilities:
    """Read a document. Keys that cannot be used are left out, but not all; unknown members say nothing."""
    if len(body) > wire.MAX_CAPABILITIES_BYTES:
        raise peer.Refused("the capabilities are too large")
    fields = peer.json_object(body)
    versions, entries = strings(fields, "versions"), fields.get("keys")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise peer.Refused("keys of the capabilities is not a list of objects")
    keys = tuple(key for key in map(read_key, entries[: wire.MAX_LISTED_KEYS]) if key is not None)
    if not keys:
        raise peer.Refused("the capabilities have no key that can be used")
    paths = strings(fields, "paths")
    return Capabilities(versions, keys, paths, hashlib.sha256(body).digest())


def strings(fields: Dict[str, Any], name: str) -> Tuple[str, ...]:
    value: Any = fields.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise peer.Refused(f"{name} of the capabilities is not a list of strings")
    return tuple(value)


def read_key(entry: Dict[str, Any]) -> Optional[Key]:
    """The entry's key, or None if it is none that the protocol allows. `not_after` is a hint or nothing."""
    pem, not_after = entry.get("pem"), entry.get("not_after")
    if not isinstance(pem, str):
        return None
    try:
        return Key(peer.load_public_key(pem), not_after if type(not_after) in (int, float) else None)
    except peer.Refused:
        return None
