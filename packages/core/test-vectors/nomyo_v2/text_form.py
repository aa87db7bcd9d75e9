"""The format as JSON, for programs that call the peer: bytes as base64, keys as hex."""

from __future__ import annotations

import io
from typing import Any, Dict, List

from cryptography.hazmat.primitives.asymmetric import rsa

import nomyo_peer as peer

from . import wire
from .request import Inner, open_request, seal_request
from .response import Meta, Opener, Sealer

Object = Dict[str, Any]


def outer_of(given: Object) -> wire.Outer:
    """payload_id, security_tier, authorization: strings; the last two may be absent or null."""
    names = ("payload_id", "security_tier", "authorization")
    return wire.Outer(*(given.get(name) for name in names))


def binding_text(binding: wire.Binding) -> Object:
    return {"k_res": binding.k_res.hex(), "th": binding.th.hex(), "payload_id": binding.payload_id}


def binding_from(given: Object) -> wire.Binding:
    k_res, th = bytes.fromhex(given["k_res"]), bytes.fromhex(given["th"])
    return wire.Binding(k_res, th, given.get("payload_id"))


def inner_text(inner: Inner) -> Object:
    body = peer.to_base64(inner.body)
    return {"method": inner.method, "path": inner.path, "headers": dict(inner.headers), "body": body}


def seal_request_text(given: Object, key: rsa.RSAPublicKey) -> Object:
    """method, path, headers, body, iat and the outer headers → envelope, k_res, th, payload_id."""
    body = peer.from_base64(given["body"], "body")
    inner = Inner(given["method"], given["path"], given["headers"], body)
    envelope, binding = seal_request(inner, key, outer_of(given), given["iat"])
    return {"envelope": peer.to_base64(envelope), **binding_text(binding)}


def open_request_text(given: Object, key: rsa.RSAPrivateKey) -> Object:
    """envelope and the outer headers → method, path, headers, body, iat, claim, k_res, th, payload_id."""
    envelope = peer.from_base64(given["envelope"], "envelope")
    opened = open_request(envelope, {wire.kid_of(key.public_key()): key}, outer_of(given))
    facts = {"iat": opened.iat, "claim": opened.claim.hex()}
    return {**inner_text(opened.inner), **facts, **binding_text(opened.binding)}


def seal_response_text(given: Object) -> Object:
    """k_res, th, payload_id, status, headers, caps_hash, t, refused, frames → response.

    `frames` come after META: {type, content, final, size}, with the content in base64 and the size of the
    plaintext in bytes; `meta_size` is that of META, which is final if there are no others.
    """
    binding = binding_from(given)
    caps_hash = peer.from_base64(given["caps_hash"], "caps_hash")
    head = (given["status"], given["headers"], binding.payload_id, caps_hash, given["t"])
    frames: List[Object] = given["frames"]
    sealer = Sealer(binding)
    content = Meta(*head, given.get("refused")).encoded()
    parts = [sealer.head, sealer.frame(wire.META, content, final=not frames, size=given.get("meta_size"))]
    for frame in frames:
        content = peer.from_base64(frame["content"], "content")
        final = frame.get("final") is True
        parts.append(sealer.frame(frame["type"], content, final=final, size=frame.get("size")))
    return {"response": peer.to_base64(b"".join(parts))}


def open_response_text(given: Object) -> Object:
    """k_res, th, payload_id, response → status, headers, caps_hash, t, refused, body, error."""
    response = io.BytesIO(peer.from_base64(given["response"], "response"))
    opener = Opener(response.read, binding_from(given))
    body, error = [], None
    for frame in opener.frames():
        if frame.type == wire.ERROR:
            error = peer.json_object(frame.content)
        else:
            body.append(frame.content)
    meta = opener.meta
    head = {"status": meta.status, "headers": meta.headers, "caps_hash": peer.to_base64(meta.caps_hash)}
    rest = {"t": meta.t, "refused": meta.refused, "error": error}
    return {**head, **rest, "body": peer.to_base64(b"".join(body))}
