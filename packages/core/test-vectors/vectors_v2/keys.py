"""The keys of v1.json, which are those of v2.json."""

from __future__ import annotations

from typing import Any, Dict, Iterable

from cryptography.hazmat.primitives.asymmetric import rsa

import nomyo_peer as peer
from make_vectors import key_entry, stored_keys
from nomyo_v2.wire import kid_of


class Keys:
    """RSA key pairs by name."""

    def __init__(self) -> None:
        self.private: Dict[str, rsa.RSAPrivateKey] = stored_keys()
        self.public = {name: key.public_key() for name, key in self.private.items()}
        self.kid = {name: kid_of(key) for name, key in self.public.items()}

    def ring(self, names: Iterable[str]) -> Dict[bytes, rsa.RSAPrivateKey]:
        return {self.kid[name]: self.private[name] for name in names}

    def entries(self) -> Dict[str, Any]:
        entries = {}
        for name, key in self.private.items():
            entry = key_entry(key)
            del entry["public_header"], entry["fingerprint"]
            entries[name] = {**entry, "kid": self.kid[name].hex()}
        return entries

    def pem(self, name: str) -> str:
        return peer.spki_pem(self.public[name])
