"""Seals and opens the response of protocol 2.0: a wrapped key, then frames."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, Optional, Tuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import nomyo_peer as peer

from . import wire

FINAL_BIT = 1 << 31
FRAME_HEAD_BYTES = 3  # type and length, inside


@dataclass(frozen=True)
class Frame:
    """A frame that has been opened."""

    type: int
    content: bytes
    final: bool


@dataclass(frozen=True)
class Meta:
    """The first frame's JSON."""

    status: int
    headers: Dict[str, str]
    payload_id: Optional[str]
    caps_hash: bytes
    t: int
    refused: Optional[str] = None

    def encoded(self) -> bytes:
        fields: Dict[str, Any] = {
            "status": self.status,
            "headers": self.headers,
            "payload_id": self.payload_id,
            "caps_hash": peer.to_base64(self.caps_hash),
            "t": self.t,
        }
        if self.refused is not None:
            fields["refused"] = self.refused
        return peer.to_json(fields)


def key_aad(binding: wire.Binding) -> bytes:
    return wire.RESPONSE_KEY_LABEL + binding.th + wire.RESPONSE_HEAD


def frame_nonce(index: int, final: bool) -> bytes:
    return index.to_bytes(11, "big") + bytes([final])


class Sealer:
    """Makes one response: `head` once, then frames in their order."""

    def __init__(self, binding: wire.Binding) -> None:
        k_str = os.urandom(wire.KEY_BYTES)
        nonce = os.urandom(wire.NONCE_BYTES)
        wrapped = AESGCM(binding.k_res).encrypt(nonce, k_str, key_aad(binding))
        self.head = wire.RESPONSE_HEAD + nonce + wrapped
        self._cipher = AESGCM(k_str)
        self._index = 0

    def frame(self, type_: int, content: bytes, *, final: bool = False, size: Optional[int] = None) -> bytes:
        """The next frame, its plaintext padded to `size` bytes, or to a multiple of 256."""
        plain = wire.padded(bytes([type_]) + len(content).to_bytes(2, "big") + content, size)
        header = (len(plain) + wire.TAG_BYTES | (FINAL_BIT if final else 0)).to_bytes(4, "big")
        sealed = self._cipher.encrypt(frame_nonce(self._index, final), plain, header)
        self._index += 1
        return header + sealed


class Opener:
    """Reads one response. `read(n)` gives n bytes, fewer only where the response ends.

    Everything wrong is one Refused; an end before the final frame is Truncated.
    """

    def __init__(self, read: Callable[[int], bytes], binding: wire.Binding) -> None:
        self._read = read
        head = self._exactly(len(wire.RESPONSE_HEAD))
        if head != wire.RESPONSE_HEAD:
            raise wire.opaque()
        nonce, wrapped = self._exactly(wire.NONCE_BYTES), self._exactly(wire.KEY_BYTES + wire.TAG_BYTES)
        try:
            self._cipher = AESGCM(AESGCM(binding.k_res).decrypt(nonce, wrapped, key_aad(binding)))
        except InvalidTag:
            raise wire.opaque() from None
        self._index = 0
        self._data_bytes = 0
        first = self._next()
        if first.type != wire.META:
            raise wire.opaque()
        self.meta = meta_of(first.content, binding)
        self._ended = first.final

    def frames(self) -> Iterator[Frame]:
        """The frames after META: DATA, and at the end possibly ERROR. PAD is left out."""
        while not self._ended:
            frame = self._next()
            if frame.type == wire.META:
                raise wire.opaque()
            self._ended = frame.final
            if frame.type != wire.PAD:
                yield frame
        if self._read(1) != b"":
            raise wire.opaque()

    def _next(self) -> Frame:
        header = self._exactly(4)
        number = int.from_bytes(header, "big")
        final, length = number >= FINAL_BIT, number & ~FINAL_BIT
        if not wire.MIN_FRAME_BYTES <= length <= wire.MAX_FRAME_BYTES or self._index >= wire.MAX_FRAMES:
            raise wire.opaque()
        try:
            plain = self._cipher.decrypt(frame_nonce(self._index, final), self._exactly(length), header)
        except InvalidTag:
            raise wire.opaque() from None
        self._index += 1
        return self._checked(plain, final)

    def _checked(self, plain: bytes, final: bool) -> Frame:
        kind, length, rest = wire.split_at(plain, 1, 2)
        size = int.from_bytes(length, "big")
        if size > len(rest) or not wire.is_zero(rest[size:]):
            raise wire.opaque()
        frame = Frame(kind[0], rest[:size], final)
        if frame.type == wire.DATA:
            self._data_bytes += size
        if self._data_bytes > wire.MAX_DATA_BYTES or frame.type > wire.ERROR:
            raise wire.opaque()
        if (frame.type == wire.PAD and size > 0) or (frame.type == wire.ERROR and not final):
            raise wire.opaque()
        if frame.type == wire.ERROR:
            error_of(frame.content)
        return frame

    def _exactly(self, size: int) -> bytes:
        data = self._read(size)
        if len(data) != size:
            raise wire.Truncated()
        return data


def object_of(content: bytes) -> Dict[str, Any]:
    try:
        return peer.json_object(content)
    except peer.Refused:
        raise wire.opaque() from None


def meta_of(content: bytes, binding: wire.Binding) -> Meta:
    """Check META and that it belongs to the request."""
    fields = object_of(content)
    status, t, refused = fields.get("status"), fields.get("t"), fields.get("refused")
    if type(status) is not int or not 200 <= status <= 599 or type(t) is not int:
        raise wire.opaque()
    if not 0 <= t <= wire.MAX_TIME_MS:
        raise wire.opaque()
    if "payload_id" not in fields or fields["payload_id"] != binding.payload_id:
        raise wire.opaque()
    if "refused" in fields and not isinstance(refused, str):
        raise wire.opaque()
    headers = wire.check_headers(fields.get("headers"))
    return Meta(status, headers, binding.payload_id, hash_of(fields.get("caps_hash")), t, refused)


def hash_of(text: Any) -> bytes:
    """A SHA-256 in base64."""
    try:
        data = peer.from_base64(text, "caps_hash") if isinstance(text, str) else b""
    except peer.Refused:
        data = b""
    if len(data) != 32:
        raise wire.opaque()
    return data


def error_of(content: bytes) -> Tuple[str, str]:
    """The code and the message of an ERROR frame."""
    fields = object_of(content)
    code, message = fields.get("code"), fields.get("message")
    if not isinstance(code, str) or not isinstance(message, str):
        raise wire.opaque()
    return code, message
