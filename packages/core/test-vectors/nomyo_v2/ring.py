"""The state of a router of 2.0: its keys, and the requests that it has seen."""

from __future__ import annotations

import threading
import time
from typing import Callable, Dict, List, Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric import rsa

from . import wire
from .capabilities import write_capabilities


class KeyRing:
    """The keys that are announced and opened with, in the order of the document."""

    def __init__(self, first: rsa.RSAPrivateKey, paths: Sequence[str]) -> None:
        self._lock = threading.Lock()
        self._keys: List[rsa.RSAPrivateKey] = [first]
        self._paths = paths
        self._versions: Sequence[str] = ("1.0", wire.VERSION)
        self._write()

    def first(self) -> rsa.RSAPrivateKey:
        return self._keys[0]

    def announce(self, key: rsa.RSAPrivateKey, *, before: bool) -> None:
        """Put a key behind the others, or before them."""
        with self._lock:
            self._keys = [key, *self._keys] if before else [*self._keys, key]
            self._write()

    def retire(self, index: int) -> None:
        """Forget a key: nothing that is sealed to it opens any more."""
        with self._lock:
            if len(self._keys) == 1:
                raise ValueError("the only key stays")
            del self._keys[index]
            self._write()

    def offer(self, versions: Sequence[str]) -> None:
        with self._lock:
            self._versions = versions
            self._write()

    def _write(self) -> None:
        public = [key.public_key() for key in self._keys]
        self.by_kid: Mapping[bytes, rsa.RSAPrivateKey] = {
            wire.kid_of(key.public_key()): key for key in self._keys
        }
        self.document = write_capabilities(self._versions, public, self._paths)


class ReplayStore:
    """Remembers claims for REPLAY_SECONDS, in memory: what is older than itself it has forgotten."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.since_ms = int(clock() * 1000)
        self._lock = threading.Lock()
        self._expiries: Dict[bytes, float] = {}

    def claim(self, digest: bytes) -> bool:
        """Whether it was not there before."""
        now = time.monotonic()
        with self._lock:
            for old in [key for key, expiry in self._expiries.items() if expiry <= now]:
                del self._expiries[old]
            if digest in self._expiries:
                return False
            self._expiries[digest] = now + wire.REPLAY_SECONDS
            return True
