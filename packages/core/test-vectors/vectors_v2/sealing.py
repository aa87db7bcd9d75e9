"""Seals step by step, with every choice open: a library refuses to make most of what is wrong on purpose."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Dict, List, Optional, Tuple

from cryptography.hazmat.primitives.asymmetric import rsa

import nomyo_peer as peer
from make_vectors import Oaep, gcm_encrypt, pkcs1_v15_encode, rsa_encrypt, text
from nomyo_v2.wire import Outer

PAD, META, DATA, ERROR = range(4)
NOW_MS = 1767225600000  # 2026-01-01T00:00:00Z
PAYLOAD_ID = "6b1f5a0e-8a55-4c0e-9d53-2f9a4d1c7e10"
BEARER = "Bearer sk-test-vector"


def derive(vector: str, purpose: str, size: int) -> bytes:
    """The bytes that stand in for random ones: SHAKE256 over the vector's id and the purpose."""
    return hashlib.shake_256(f"nomyo protocol 2.0 vector\0{vector}\0{purpose}".encode()).digest(size)


def u16(number: int) -> bytes:
    return number.to_bytes(2, "big")


def u32(number: int) -> bytes:
    return number.to_bytes(4, "big")


def lp(value: Optional[str]) -> bytes:
    """LP of the protocol, also of what a peer would refuse."""
    data = (value or "").encode("utf-8")
    return u16(len(data)) + data


def zeros_to(data: bytes, size: Optional[int]) -> bytes:
    """Padded to `size` bytes, or to a multiple of 256."""
    return data + bytes((-len(data) % 256) if size is None else size - len(data))


# --- request --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SealedRequest:
    """A request's parts before they are joined."""

    head: bytes  # magic to iat
    ek: bytes
    nonce: bytes
    ciphertext: bytes
    tag: bytes
    aad: bytes
    keys: bytes
    oaep_seed: bytes
    plaintext: bytes
    payload_id: Optional[str]

    def envelope(self) -> bytes:
        return self.head + self.ek + self.nonce + self.ciphertext + self.tag

    @property
    def k_res(self) -> bytes:
        return self.keys[32:]

    @property
    def th(self) -> bytes:
        return hashlib.sha256(self.aad + self.nonce + self.tag).digest()


JSON_HEADERS = {"content-type": "application/json"}
CHAT = text({"model": "Qwen/Qwen3-0.6B", "messages": [{"role": "user", "content": "Hello"}]}).encode()


def inner(method: Any = "POST", path: Any = "/v1/chat/completions", headers: Any = None) -> Dict[str, Any]:
    return {"method": method, "path": path, "headers": JSON_HEADERS if headers is None else headers}


@dataclass(frozen=True)
class RequestRecipe:
    """How to seal one request. The defaults are protocol 2.0; an attack changes one of them."""

    vector: str
    outer: Outer = Outer(PAYLOAD_ID)
    inner: bytes = text(inner()).encode()
    body: bytes = CHAT
    iat: int = NOW_MS
    plaintext_bytes: Optional[int] = None
    plaintext: Optional[bytes] = None  # in place of the encoding of inner and body
    magic: bytes = b"NMQ2"
    zero: bytes = b"\0\0"
    k: Optional[int] = None  # what the field says
    kid: Optional[bytes] = None
    key_block_bytes: int = 64
    k_req_at: int = 0  # where K_req begins in the key block
    oaep: Optional[Oaep] = field(default_factory=lambda: Oaep(label=b"nomyo-e2ee/2 key"))  # None: PKCS#1 v1.5
    label: bytes = b"nomyo-e2ee/2 request\0"
    trailer: Optional[Callable[[Outer], bytes]] = None  # in place of the three LP at the end of the AAD
    attempt: int = 0

    def random(self, purpose: str, size: int) -> bytes:
        return derive(self.vector, f"{purpose} {self.attempt}", size)

    def plain(self) -> bytes:
        if self.plaintext is not None:
            return self.plaintext
        parts = u32(len(self.inner)) + self.inner + u32(len(self.body)) + self.body
        return zeros_to(parts, self.plaintext_bytes)

    def seal(self, key: rsa.RSAPublicKey, kid: bytes) -> SealedRequest:
        size = key.key_size // 8
        block = self.random("keys", self.key_block_bytes)
        seed = self.random("oaep seed", 32)
        if self.oaep is None:
            encoded = pkcs1_v15_encode(block, size, self.random("filler", 2 * size))
        else:
            encoded = self.oaep.encode(block, size, seed)
        ek = rsa_encrypt(encoded, key)
        k = size if self.k is None else self.k
        head = self.magic + self.zero + u16(k) + (self.kid or kid) + self.iat.to_bytes(8, "big")
        outer = self.outer
        bound = (outer.payload_id, outer.tier, outer.authorization)
        trailer = self.trailer(outer) if self.trailer else b"".join(map(lp, bound))
        aad = self.label + head + ek + trailer
        nonce = self.random("nonce", 12)
        k_req = (block + bytes(64))[self.k_req_at : self.k_req_at + 32]
        ciphertext, tag = gcm_encrypt(k_req, nonce, self.plain(), aad)
        payload_id = outer.payload_id
        return SealedRequest(head, ek, nonce, ciphertext, tag, aad, block, seed, self.plain(), payload_id)

    def seal_until(
        self, key: rsa.RSAPublicKey, kid: bytes, wanted: Callable[[SealedRequest], bool]
    ) -> SealedRequest:
        """Try other random bytes until the result has the wanted property."""
        recipe = self
        while True:
            sealed = recipe.seal(key, kid)
            if wanted(sealed):
                return sealed
            recipe = replace(recipe, attempt=recipe.attempt + 1)


# --- response -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FrameRecipe:
    """One frame. The defaults are protocol 2.0."""

    type: int
    content: bytes = b""
    final: bool = False
    size: Optional[int] = None  # of the plaintext
    plain: Optional[bytes] = None  # in place of type, length, content and zeros
    index: Optional[int] = None
    flag: Optional[int] = None  # the nonce's last byte
    aad: Optional[bytes] = None
    byte_order: str = "big"

    def seal(self, k_str: bytes, position: int) -> bytes:
        plain = self.plain
        if plain is None:
            plain = zeros_to(bytes([self.type]) + u16(len(self.content)) + self.content, self.size)
        header = u32(len(plain) + 16 | (1 << 31 if self.final else 0))
        index = position if self.index is None else self.index
        flag = int(self.final) if self.flag is None else self.flag
        nonce = index.to_bytes(11, self.byte_order) + bytes([flag])  # type: ignore[arg-type]
        ciphertext, tag = gcm_encrypt(k_str, nonce, plain, header if self.aad is None else self.aad)
        return header + ciphertext + tag


@dataclass(frozen=True)
class ResponseRecipe:
    """How to seal one response to a request that is sealed already."""

    vector: str
    request: SealedRequest
    frames: Tuple[FrameRecipe, ...]
    magic: bytes = b"NMS2"
    mode: bytes = b"\x01"
    zero: bytes = b"\0"
    length: bytes = b"\0\x3c"
    label: bytes = b"nomyo-e2ee/2 response-key\0"
    th: Optional[bytes] = None
    k_res: Optional[bytes] = None
    tail: Optional[bytes] = None  # in place of bytes 0 to 7 at the end of the AAD

    @property
    def k_str(self) -> bytes:
        return derive(self.vector, "k_str", 32)

    @property
    def nonce_w(self) -> bytes:
        return derive(self.vector, "nonce_w", 12)

    def head(self) -> bytes:
        start = self.magic + self.mode + self.zero + self.length
        aad = self.label + (self.th or self.request.th) + (start if self.tail is None else self.tail)
        key = self.k_res or self.request.k_res
        ciphertext, tag = gcm_encrypt(key, self.nonce_w, self.k_str, aad)
        return start + self.nonce_w + ciphertext + tag

    def sealed_frames(self) -> List[bytes]:
        return [frame.seal(self.k_str, position) for position, frame in enumerate(self.frames)]

    def response(self) -> bytes:
        return self.head() + b"".join(self.sealed_frames())


CAPS_HASH = hashlib.sha256(b"the capabilities of the vectors").digest()


def meta_fields(request: SealedRequest, **changes: Any) -> Dict[str, Any]:
    fields = {
        "status": 200,
        "headers": JSON_HEADERS,
        "payload_id": request.payload_id,
        "caps_hash": peer.to_base64(CAPS_HASH),
        "t": NOW_MS + 250,
    }
    return {**fields, **changes}


def meta(
    request: SealedRequest, *, final: bool = False, size: Optional[int] = None, **changes: Any
) -> FrameRecipe:
    return FrameRecipe(META, text(meta_fields(request, **changes)).encode(), final, size)


def data(content: str, *, final: bool = False, size: Optional[int] = None) -> FrameRecipe:
    return FrameRecipe(DATA, content.encode(), final, size)


def pad(*, final: bool = False, size: Optional[int] = None) -> FrameRecipe:
    return FrameRecipe(PAD, b"", final, size)


def error(code: Any, message: Any, *, final: bool = True, size: Optional[int] = None) -> FrameRecipe:
    content = json.dumps({"code": code, "message": message}, separators=(",", ":")).encode()
    return FrameRecipe(ERROR, content, final, size)
