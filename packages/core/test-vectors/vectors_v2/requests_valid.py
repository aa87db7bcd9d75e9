"""Requests that must open."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any, Dict, Iterator, Tuple

import nomyo_peer as peer
from make_vectors import WORLD, text
from nomyo_v2.wire import Outer

from .keys import Keys
from .sealing import BEARER, CHAT, PAYLOAD_ID, RequestRecipe, SealedRequest, inner

Case = Tuple[str, str, RequestRecipe]  # (key, comment, recipe)


def outer_fields(outer: Outer) -> Dict[str, str]:
    """The headers that are present, by their names in the vectors."""
    named = {
        "payload_id": outer.payload_id,
        "security_tier": outer.tier,
        "authorization": outer.authorization,
    }
    return {name: value for name, value in named.items() if value is not None}


def cases() -> Iterator[Case]:
    for bits in (2048, 3072, 4096):
        yield f"rsa{bits}", f"a chat completion, {bits}-bit key", RequestRecipe(f"rsa{bits}")
    for comment, recipe in (*outer_cases(), *inner_cases(), *body_cases(), *padding_cases()):
        yield "rsa2048", comment, recipe


def outer_cases() -> Iterator[Tuple[str, RequestRecipe]]:
    for tier, authorization in product((None, "high"), (None, BEARER)):
        outer = Outer(PAYLOAD_ID, tier, authorization)
        name = "-and-".join(name for name, here in (("tier", tier), ("authorization", authorization)) if here)
        name = f"outer-{name or 'payload-id'}"
        yield "the outer headers that are present are bound", RequestRecipe(name, outer=outer)
    long = Outer(PAYLOAD_ID, "maximum", "Bearer " + "k" * 1000)
    yield "an Authorization of 1007 characters", RequestRecipe("outer-long-authorization", outer=long)
    spaced = Outer(PAYLOAD_ID, None, 'Digest username="a, b", opaque=~!')
    yield "any ASCII is bound as it is", RequestRecipe("outer-spaces-and-signs", outer=spaced)


def request(name: str, fields: Dict[str, Any], body: bytes = CHAT) -> RequestRecipe:
    return RequestRecipe(name, inner=text(fields).encode(), body=body)


def inner_cases() -> Iterator[Tuple[str, RequestRecipe]]:
    yield "GET without headers and body", request("get", inner("GET", "/v1/models", {}), b"")
    yield "a method of one letter", request("method-1-letter", inner("X", "/v1/models", {}), b"")
    yield "a method of 16 letters", request("method-16-letters", inner("ABCDEFGHIJKLMNOP"), b"")
    query = "/v1/models?after=a%2Fb%5c%2e%2e&x=/../&y=%00&z=?&u=http://x"
    yield "after the ? almost everything is allowed", request("path-query", inner("GET", query, {}), b"")
    escapes = "/v1/models/Qwen%20%C3%A9%25/..a/b../...;x=1/@:!$&'()*+,=~"
    yield "escapes and dots that are harmless", request("path-escapes", inner("GET", escapes, {}), b"")
    yield "the shortest path", request("path-root", inner("GET", "/", {}), b"")
    longest = "/v1/models/" + "m" * (8192 - 11)
    yield "a path of 8192 characters", request("path-8192", inner("GET", longest, {}), b"")
    headers = {"accept": "text/event-stream", "x-empty": "", "x-tab": "a\tb", "!#$%&'*+.^_`|~": "1"}
    yield "names of every character of a token", request("headers", inner(headers=headers))
    latin = {"x-latin-1": "Gr\xfc\xdfe \x80\xff", "x-long": "v" * 8192, "n" * 128: ""}
    yield "the most that a header may be", request("headers-largest", inner(headers=latin))
    spacious = (" \r\n\t" + text(inner()).replace(":", " :\n ") + "\n").encode()
    yield "white space in the JSON", replace(RequestRecipe("json-white-space"), inner=spacious)
    order = text(dict(reversed(list(inner().items())))).encode()
    yield "another order of members", replace(RequestRecipe("json-order"), inner=order)
    escaped = text(inner()).replace("/", "\\/").replace("POST", "\\u0050OST").encode()
    yield "escapes in the JSON", replace(RequestRecipe("json-escapes"), inner=escaped)


def body_cases() -> Iterator[Tuple[str, RequestRecipe]]:
    world = text({"model": "m", "messages": [{"role": "user", "content": WORLD}]}).encode()
    yield "text from all over the world", request("body-non-ascii", inner(), world)
    yield "POST with an empty body", request("body-empty", inner(), b"")
    every = bytes(range(256))
    binary = {"content-type": "application/octet-stream"}
    yield "every byte", request("body-binary", inner(headers=binary), every)
    yield "zeros, which are no padding", request("body-zeros", inner(headers=binary), bytes(300))
    yield "the oldest time", replace(RequestRecipe("iat-0"), iat=0)
    yield "2^53 - 1", replace(RequestRecipe("iat-largest-safe-integer"), iat=(1 << 53) - 1)


def padding_cases() -> Iterator[Tuple[str, RequestRecipe]]:
    empty = request("padding", inner("GET", "/v1/models", {}), b"")
    length = len(empty.inner) + 8
    full = request("padding-none-needed", inner(), b"b" * (512 - 8 - len(text(inner()))))
    yield "a plaintext of exactly 512 bytes needs none", full
    over = request("padding-255", inner(), b"b" * (513 - 8 - len(text(inner()))))
    yield "one byte more: 255 bytes of padding", over
    for name, size, comment in (
        ("padding-absent", length, "not padded at all: a receiver takes it"),
        ("padding-1-byte", length + 1, "one byte: a receiver takes it"),
        ("padding-512", 512, "a whole block more than needed"),
        ("padding-4096", 4096, "far more than needed"),
    ):
        yield comment, replace(empty, vector=name, plaintext_bytes=size)


def vectors(keys: Keys) -> Iterator[Tuple[Dict[str, Any], SealedRequest]]:
    for key, comment, recipe in cases():
        recipe = replace(recipe, vector=f"request-{recipe.vector}")
        sealed = recipe.seal(keys.public[key], keys.kid[key])
        fields = peer.json_object(recipe.inner)
        headers, body = fields["headers"], peer.to_base64(recipe.body)
        vector = {
            "id": recipe.vector,
            "comment": comment,
            "key": key,
            "outer": outer_fields(recipe.outer),
            "iat": recipe.iat,
            "inner": recipe.inner.decode(),
            "method": fields["method"],
            "path": fields["path"],
            "headers": headers,
            "body_base64": body,
            "plaintext_bytes": len(sealed.plaintext),
            "k_req": sealed.keys[:32].hex(),
            "k_res": sealed.k_res.hex(),
            "oaep_seed": sealed.oaep_seed.hex(),
            "nonce": sealed.nonce.hex(),
            "th": sealed.th.hex(),
            "envelope_base64": peer.to_base64(sealed.envelope()),
        }
        yield vector, sealed
