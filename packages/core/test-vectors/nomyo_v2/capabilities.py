"""The document that says what a router speaks, and with which keys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, List, Optional, Sequence, Tuple

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
    """Read a document. Keys that cannot be used are left out; members that are unknown say nothing."""
    if len(body) > wire.MAX_CAPABILITIES_BYTES:
        raise peer.Refused("the capabilities are too large")
    fields = peer.json_object(body)
    versions, entries = strings(fields, "versions"), fields.get("keys")
    if not isinstance(entries, list):
        raise peer.Refused("the capabilities have no keys")
    keys = tuple(key for key in map(read_key, entries) if key is not None)
    paths = strings(fields, "paths")
    return Capabilities(versions, keys, paths, hashlib.sha256(body).digest())


def strings(fields: dict, name: str) -> Tuple[str, ...]:
    value: Any = fields.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise peer.Refused(f"{name} of the capabilities is not a list of strings")
    return tuple(value)


def read_key(entry: Any) -> Optional[Key]:
    """The entry's key, or None if it is none that the protocol allows."""
    pem = entry.get("pem") if isinstance(entry, dict) else None
    if not isinstance(pem, str):
        return None
    not_after = entry.get("not_after")
    if not_after is not None and type(not_after) not in (int, float):
        return None
    try:
        return Key(peer.load_public_key(pem), not_after)
    except peer.Refused:
        return None
