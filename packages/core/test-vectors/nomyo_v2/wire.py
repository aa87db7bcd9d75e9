"""The constants of protocol 2.0, and what both directions share."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

import nomyo_peer as peer

VERSION = "2.0"
SECURE_PATH = "/v2/secure"
CAPABILITIES_PATH = "/pki/capabilities"
REQUEST_MEDIA_TYPE = "application/vnd.nomyo.sealed"
RESPONSE_MEDIA_TYPE = "application/vnd.nomyo.stream"
UNKNOWN_KEY_TYPE = "urn:nomyo:problem:key"

REQUEST_MAGIC = b"NMQ2\0\0"
RESPONSE_HEAD = b"NMS2\x01\x00\x00\x3c"
REQUEST_LABEL = b"nomyo-e2ee/2 request\0"
RESPONSE_KEY_LABEL = b"nomyo-e2ee/2 response-key\0"
OAEP_LABEL = b"nomyo-e2ee/2 key"

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
BLOCK_BYTES = 256  # plaintexts are padded to a multiple of this

MAX_INNER_JSON_BYTES = 64 * 1024
MAX_INNER_BODY_BYTES = 10 * 1024 * 1024
MAX_CAPABILITIES_BYTES = 64 * 1024
MAX_LISTED_KEYS = 8
MAX_FRAMES = 1 << 20
MAX_DATA_BYTES = 64 * 1024 * 1024
MIN_FRAME_BYTES = 3 + TAG_BYTES
MAX_FRAME_BYTES = 65536 + TAG_BYTES

MAX_TIME_MS = (1 << 53) - 1  # the largest integer that every JSON reader has exactly
CLOCK_TOLERANCE_MS = 300_000
REPLAY_SECONDS = 660
HOLD_SECONDS = 1  # a connection that stays open after the final frame

PAD, META, DATA, ERROR = range(4)


class Truncated(peer.Refused):
    """The response ended before its final frame."""

    def __init__(self) -> None:
        super().__init__("the answer ended before its final frame")


class UnknownKey(peer.Refused):
    """The request is sealed to a key that is not in the ring."""

    def __init__(self) -> None:
        super().__init__("the router does not have the key")


def opaque() -> peer.Refused:
    """The one failure."""
    return peer.Refused(peer.OPAQUE)


@dataclass(frozen=True)
class Outer:
    """The HTTP headers around an envelope that are bound to it. None: the header is absent."""

    payload_id: Optional[str]
    tier: Optional[str] = None
    authorization: Optional[str] = None

    def encoded(self) -> bytes:
        """LP(X-Payload-ID) ‖ LP(X-Security-Tier) ‖ LP(Authorization). The first of them must be there."""
        if self.payload_id is None:
            raise opaque()
        return b"".join(lp(value) for value in (self.payload_id, self.tier, self.authorization))


@dataclass(frozen=True)
class Binding:
    """What an answer is bound to: the request's second key, its transcript hash, its payload id."""

    k_res: bytes
    th: bytes
    payload_id: Optional[str]


def lp(value: Optional[str]) -> bytes:
    """u16be length ‖ value, in visible ASCII and spaces. Absent has the length 0, empty is refused."""
    if value is None:
        return b"\0\0"
    if re.fullmatch(r"[\x20-\x7e]{1,65535}", value) is None:
        raise opaque()
    return len(value).to_bytes(2, "big") + value.encode("ascii")


def oaep() -> padding.OAEP:
    """RFC 8017 section 7.1, SHA-256 throughout, with the label of 2.0."""
    return padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=OAEP_LABEL)


def kid_of(key: rsa.RSAPublicKey) -> bytes:
    """SHA-256 of the key's SPKI DER."""
    return hashlib.sha256(peer.spki_der(key)).digest()


def modulus_bytes(bits: int) -> int:
    return (bits + 7) // 8


def padded(data: bytes, size: Optional[int] = None) -> bytes:
    """With zeros to `size` bytes, or to a multiple of 256."""
    target = size if size is not None else -(-len(data) // BLOCK_BYTES) * BLOCK_BYTES
    if target < len(data):
        raise ValueError("there is no room for the padding")
    return data + bytes(target - len(data))


def is_zero(data: bytes) -> bool:
    return not data.strip(b"\0")


def check_headers(headers: Any) -> Dict[str, str]:
    """Names in lower case that are tokens (RFC 9110 section 5.6.2), values as its section 5.5 has them."""
    if not isinstance(headers, dict):
        raise opaque()
    for name, value in headers.items():
        if re.fullmatch(r"[a-z0-9!#$%&'*+.^_`|~-]{1,128}", name) is None or not isinstance(value, str):
            raise opaque()
        if re.fullmatch(r"[\t\x20-\x7e\x80-\xff]{0,8192}", value) is None:
            raise opaque()
    return headers


def split_at(data: bytes, *sizes: int) -> Tuple[bytes, ...]:
    """The first pieces of these sizes, and the rest."""
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return (*pieces, data)
