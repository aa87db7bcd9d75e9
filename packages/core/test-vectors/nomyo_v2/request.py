"""Seals and opens the request of protocol 2.0."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional, Tuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import nomyo_peer as peer

from . import wire

HEAD_BYTES = 48  # magic, zero, k, kid, iat
MIN_PLAINTEXT_BYTES = 8  # the two lengths

# What would say who asks, whom, how much, and what is about one connection (RFC 9110 section 7.6.1).
NEVER_INSIDE = re.compile(
    "authorization|cookie|host|content-length|expect"
    "|connection|proxy-.*|keep-alive|te|trailer|transfer-encoding|upgrade"
)


@dataclass(frozen=True)
class Inner:
    """The HTTP request inside."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""

    def encoded(self) -> bytes:
        fields = {"method": self.method, "path": self.path, "headers": dict(self.headers)}
        text = peer.to_json(fields)
        return b"".join((len(text).to_bytes(4, "big"), text, len(self.body).to_bytes(4, "big"), self.body))


@dataclass(frozen=True)
class Opened:
    """A request that has been opened. Its path is a string that nobody has looked at."""

    inner: Inner
    iat: int
    kid: bytes
    claim: bytes
    binding: wire.Binding


def seal_request(
    inner: Inner, key: rsa.RSAPublicKey, outer: wire.Outer, iat: int, plaintext_bytes: Optional[int] = None
) -> Tuple[bytes, wire.Binding]:
    """Seal to the router's key; `iat` in ms since 1970. Gives the body to post and what opens its answer."""
    keys = os.urandom(2 * wire.KEY_BYTES)
    k_req, k_res = wire.split_at(keys, wire.KEY_BYTES)
    ek = key.encrypt(keys, wire.oaep())
    head = wire.REQUEST_MAGIC + len(ek).to_bytes(2, "big") + wire.kid_of(key) + iat.to_bytes(8, "big")
    nonce = os.urandom(wire.NONCE_BYTES)
    aad = wire.REQUEST_LABEL + head + ek + outer.encoded()
    sealed = AESGCM(k_req).encrypt(nonce, wire.padded(inner.encoded(), plaintext_bytes), aad)
    return head + ek + nonce + sealed, binding_of(k_res, aad, nonce, sealed, outer)


def open_request(envelope: bytes, keys: Mapping[bytes, rsa.RSAPrivateKey], outer: wire.Outer) -> Opened:
    """Open with the key that the envelope names; `keys` is by kid.

    Raises UnknownKey if it is not there, and one and the same Refused for everything else.
    """
    head, rest = wire.split_at(envelope, HEAD_BYTES)
    if len(head) != HEAD_BYTES or head[:6] != wire.REQUEST_MAGIC:
        raise wire.opaque()
    _, k, kid, time, _ = wire.split_at(head, 6, 2, 32, 8)
    iat = int.from_bytes(time, "big")
    if iat > wire.MAX_TIME_MS:
        raise wire.opaque()
    size = int.from_bytes(k, "big")
    if len(rest) < size + wire.NONCE_BYTES + MIN_PLAINTEXT_BYTES + wire.TAG_BYTES:
        raise wire.opaque()
    key = keys.get(kid)
    if key is None:
        raise wire.UnknownKey()
    if size != wire.modulus_bytes(key.key_size):
        raise wire.opaque()
    ek, nonce, sealed = wire.split_at(rest, size, wire.NONCE_BYTES)
    k_req, k_res = wire.split_at(unwrapped(ek, key), wire.KEY_BYTES)
    aad = wire.REQUEST_LABEL + head + ek + outer.encoded()
    try:
        inner = inner_of(AESGCM(k_req).decrypt(nonce, sealed, aad))
    except InvalidTag:
        raise wire.opaque() from None
    binding = binding_of(k_res, aad, nonce, sealed, outer)
    return Opened(inner, iat, kid, hashlib.sha256(ek).digest(), binding)


def unwrapped(ek: bytes, key: rsa.RSAPrivateKey) -> bytes:
    """The key block, or random bytes in its place, so that it fails where a wrong tag does."""
    try:
        block = key.decrypt(ek, wire.oaep())
    except ValueError:
        block = b""
    return block if len(block) == 2 * wire.KEY_BYTES else os.urandom(2 * wire.KEY_BYTES)


def binding_of(k_res: bytes, aad: bytes, nonce: bytes, sealed: bytes, outer: wire.Outer) -> wire.Binding:
    """th = SHA-256(AAD_req ‖ nonce ‖ tag)."""
    th = hashlib.sha256(aad + nonce + sealed[-wire.TAG_BYTES :]).digest()
    return wire.Binding(k_res, th, outer.payload_id)


def inner_of(plaintext: bytes) -> Inner:
    """u32be n ‖ JSON ‖ u32be m ‖ body ‖ zeros."""
    text, rest = counted(plaintext, wire.MAX_INNER_JSON_BYTES)
    body, zeros = counted(rest, wire.MAX_INNER_BODY_BYTES)
    if not wire.is_zero(zeros):
        raise wire.opaque()
    try:
        fields = peer.json_object(text)
    except peer.Refused:
        raise wire.opaque() from None
    return Inner(*checked_fields(fields), body)


def counted(data: bytes, limit: int) -> Tuple[bytes, bytes]:
    """As many bytes as the u32be before them says, and the rest."""
    length, rest = wire.split_at(data, 4)
    size = int.from_bytes(length, "big")
    if len(length) != 4 or size > min(limit, len(rest)):
        raise wire.opaque()
    return rest[:size], rest[size:]


def checked_fields(fields: Dict[str, Any]) -> Tuple[str, str, Dict[str, str]]:
    method, path = fields.get("method"), fields.get("path")
    if not isinstance(method, str) or re.fullmatch(r"[A-Z]{1,16}", method) is None:
        raise wire.opaque()
    if not isinstance(path, str):
        raise wire.opaque()
    headers = wire.check_headers(fields.get("headers"))
    if any(NEVER_INSIDE.fullmatch(name) for name in headers):
        raise wire.opaque()
    return method, path, headers
