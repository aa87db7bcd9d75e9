"""Requests that must be refused, for a router whose ring is the key `rsa2048`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, Iterator, Optional, Tuple, Union

import nomyo_peer as peer
from make_vectors import Oaep, text
from nomyo_v2.wire import Outer

from .keys import Keys
from .requests_valid import outer_fields
from .sealing import BEARER, CHAT, JSON_HEADERS, PAYLOAD_ID, RequestRecipe, SealedRequest, inner, lp, u16, u32

FULL = Outer(PAYLOAD_ID, "high", BEARER)
OTHER_ID = "0c9e4f7a-3a0e-4f3e-8b7d-5b8f0d6a2c41"


@dataclass(frozen=True)
class Attack:
    name: str
    comment: str
    envelope: bytes
    outer: Outer = Outer(PAYLOAD_ID)
    expected: str = "opaque"
    sealed: Optional[SealedRequest] = None  # where it opens, and its answer is sealed


class Attacks:
    """Every invalid request."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys

    def seal(self, name: str, **changes: Any) -> SealedRequest:
        recipe = self.recipe(name, **changes)
        return recipe.seal(self.keys.public["rsa2048"], self.keys.kid["rsa2048"])

    def recipe(self, name: str, **changes: Any) -> RequestRecipe:
        return replace(RequestRecipe(f"request/{name}"), **changes)

    def all(self) -> Iterator[Attack]:
        yield from self.forms()
        yield from self.heads()
        yield from self.outer_headers()
        yield from self.key_blocks()
        yield from self.bindings()
        yield from self.flipped_bits()
        yield from self.plaintexts()
        yield from self.inner_json()
        yield from self.inner_headers()
        yield from self.paths()

    def forms(self) -> Iterator[Attack]:
        """The body as a whole."""
        good = self.seal("form").envelope()
        yield Attack("empty-body", "no bytes at all", b"")
        yield Attack("json-body", "an envelope of 1.0", b'{"version":"1.0"}')
        yield Attack("plaintext-body", "the request, not sealed", CHAT)
        yield Attack("trailing-byte", "a zero byte after the tag", good + b"\0")
        yield Attack("leading-byte", "a zero byte before the magic", b"\0" + good)
        yield Attack("envelope-twice", "two envelopes", good + good)
        for size in (1, 4, 6, 7, 8, 39, 40, 47, 48, 49, 303, 304, 315, 316, 331, 332, 339, len(good) - 1):
            yield Attack(f"cut-{size}", f"the first {size} bytes", good[:size])
        empty = self.seal("plaintext-empty", plaintext=b"")
        yield Attack("plaintext-empty", "sealed, but nothing is inside", empty.envelope())

    def heads(self) -> Iterator[Attack]:
        """Heads that are wrong, though the envelope would open for one who does not look."""
        for magic in (b"NMQ1", b"NMQ3", b"nmq2", b"NMS2", b"\0\0\0\0", b"2QMN"):
            name = f"magic-{magic.hex()}"
            yield Attack(name, f"the magic is {magic!r}", self.seal(name, magic=magic).envelope())
        for zero in (b"\0\1", b"\1\0", b"\xff\xff"):
            name = f"reserved-{zero.hex()}"
            yield Attack(name, f"bytes 4 and 5 are {zero.hex()}", self.seal(name, zero=zero).envelope())
        for k in (0, 255, 257, 384, 512, 0xFFFF):
            name = f"k-{k}"
            yield Attack(name, f"k says {k}", self.seal(name, k=k).envelope())
        for kid, what in ((bytes(32), "zeros"), (self.keys.kid["rsa4096"], "that of a key not in the ring")):
            name = f"kid-{what.split()[0]}"
            sealed = self.seal(name, kid=kid)
            yield Attack(name, f"kid is {what}", sealed.envelope(), expected="unknown_key")
        for slug, iat in (("2^53", 1 << 53), ("2^64-1", (1 << 64) - 1)):
            yield Attack(f"iat-{slug}", f"iat is {slug}", self.seal(f"iat-{slug}", iat=iat).envelope())
        yield from self.changed_heads()

    def changed_heads(self) -> Iterator[Attack]:
        """A head that was changed after sealing."""
        sealed = self.seal("iat-changed")
        for name, change in (("plus-1", 1), ("minus-1", -1), ("plus-1-hour", 3_600_000)):
            iat = int.from_bytes(sealed.head[40:], "big") + change
            changed = replace(sealed, head=sealed.head[:40] + iat.to_bytes(8, "big"))
            yield Attack(f"iat-changed-{name}", f"iat changed by {change} ms", changed.envelope())
        flipped = bytearray(sealed.head)
        flipped[8] ^= 1
        changed = replace(sealed, head=bytes(flipped))
        yield Attack("kid-flipped", "one bit of kid flipped", changed.envelope(), expected="unknown_key")

    def outer_headers(self) -> Iterator[Attack]:
        """Sealed with all three headers, received with others; and the reverse."""
        good = self.seal("outer", outer=FULL).envelope()
        changes: Dict[str, Tuple[str, Dict[str, Optional[str]]]] = {
            "payload-id-changed": ("another X-Payload-ID", {"payload_id": OTHER_ID}),
            "payload-id-upper-case": ("X-Payload-ID in upper case", {"payload_id": PAYLOAD_ID.upper()}),
            "payload-id-removed": ("X-Payload-ID removed", {"payload_id": None}),
            "payload-id-emptied": ("X-Payload-ID emptied", {"payload_id": ""}),
            "tier-changed": ("another X-Security-Tier", {"tier": "standard"}),
            "tier-upper-case": ("X-Security-Tier in upper case", {"tier": "HIGH"}),
            "tier-removed": ("X-Security-Tier removed", {"tier": None}),
            "authorization-changed": ("another Authorization", {"authorization": BEARER + "2"}),
            "authorization-cut": ("Authorization cut", {"authorization": BEARER[:-1]}),
            "authorization-lower-case": ("Authorization in lower case", {"authorization": BEARER.lower()}),
            "authorization-removed": ("Authorization removed", {"authorization": None}),
            "all-removed": ("all three removed", {"payload_id": None, "tier": None, "authorization": None}),
            "swapped": ("X-Payload-ID and Authorization swapped", {"payload_id": BEARER, "authorization": PAYLOAD_ID}),
            "shifted": ("each value one header further", {"payload_id": BEARER, "tier": PAYLOAD_ID, "authorization": "high"}),
            "boundary-moved": ("the boundary moved by one character", {"payload_id": PAYLOAD_ID + "h", "tier": "igh"}),
        }
        for name, (comment, fields) in changes.items():
            yield Attack(f"outer-{name}", comment, good, replace(FULL, **fields))
        yield from self.odd_outer_headers()

    def odd_outer_headers(self) -> Iterator[Attack]:
        """Sealed without a header, received with it; and sealed with one that there must not be."""
        bare = self.seal("outer-bare").envelope()
        for name, field, value in (("tier", "tier", "high"), ("authorization", "authorization", BEARER)):
            for slug, given, comment in (("added", value, "sealed without it"), ("empty", "", "there, but empty")):
                yield Attack(f"outer-{name}-{slug}", comment, bare, Outer(PAYLOAD_ID, **{field: given}))
        for name, outer in (("none", Outer(None)), ("tier-and-authorization", Outer(None, "high", BEARER))):
            sealed = self.seal(f"outer-only-{name}", outer=outer)
            yield Attack(f"outer-only-{name}", "X-Payload-ID is not there", sealed.envelope(), outer)
        odd = {"latin-1": "h\xefgh", "emoji": "\U0001f511", "tab": "hi\tgh", "del": "high\x7f"}
        for name, value in odd.items():
            outer = Outer(PAYLOAD_ID, value)
            sealed = self.seal(f"outer-tier-{name}", outer=outer)
            comment = "more than visible ASCII and spaces, sealed in UTF-8"
            yield Attack(f"outer-tier-{name}", comment, sealed.envelope(), outer)

    def key_blocks(self) -> Iterator[Attack]:
        """Key blocks that are not RSA-OAEP-SHA256 with the label over 64 bytes."""
        for size in (0, 32, 63, 65, 96, 128):
            name = f"key-block-{size}-bytes"
            comment = f"{size} bytes; sealed under the first 32, zeros where they end"
            yield Attack(name, comment, self.seal(name, key_block_bytes=size).envelope())
        label = b"nomyo-e2ee/2 key"
        paddings: Dict[str, Tuple[str, Optional[Oaep]]] = {
            "oaep-no-label": ("the empty label, as in protocol 1.0", Oaep()),
            "oaep-label-upper-case": ("another label", Oaep(label=label.upper())),
            "oaep-label-nul": ("the label and a zero byte", Oaep(label=label + b"\0")),
            "oaep-label-of-request": ("the label of AAD_req", Oaep(label=b"nomyo-e2ee/2 request")),
            "oaep-sha1": ("OAEP with SHA-1 and MGF1 with SHA-1", Oaep("sha1", "sha1", label)),
            "oaep-mgf1-sha1": ("OAEP with SHA-256, but MGF1 with SHA-1", Oaep("sha256", "sha1", label)),
            "oaep-leading-byte": ("the encoded message begins with 01", Oaep(label=label, leading_byte=1)),
            "pkcs1-v1.5": ("padding of PKCS#1 v1.5", None),
        }
        for name, (comment, oaep) in paddings.items():
            yield Attack(name, comment, self.seal(name, oaep=oaep).envelope())
        one_key = self.seal("key-block-of-1.0", key_block_bytes=32, oaep=Oaep())
        yield Attack("key-block-of-1.0", "32 bytes under the empty label", one_key.envelope())
        other = self.recipe("another-key").seal(self.keys.public["rsa2048_other"], self.keys.kid["rsa2048"])
        yield Attack("another-key", "ek is for rsa2048_other, kid says rsa2048", other.envelope())
        yield from self.key_numbers()

    def key_numbers(self) -> Iterator[Attack]:
        public = self.keys.public["rsa2048"]
        modulus, size = public.public_numbers().n, public.key_size // 8

        def above(ek: bytes) -> int:
            return int.from_bytes(ek, "big") + modulus

        name = "ek-above-modulus"
        recipe = self.recipe(name)
        sealed = recipe.seal_until(public, self.keys.kid["rsa2048"], lambda s: above(s.ek) < 1 << 8 * size)
        changed = replace(sealed, ek=above(sealed.ek).to_bytes(size, "big"))
        yield Attack(name, "the modulus added: out of range (RFC 8017 section 5.1.2)", changed.envelope())
        for slug, number in (("zero", 0), ("one", 1)):
            changed = replace(self.seal(f"ek-{slug}"), ek=number.to_bytes(size, "big"))
            yield Attack(f"ek-{slug}", f"the number {slug}", changed.envelope())
        donor, receiver = self.seal("ek-swapped-from"), self.seal("ek-swapped")
        swapped = replace(receiver, ek=donor.ek)
        yield Attack("ek-swapped", "ek of another envelope to the same key", swapped.envelope())

    def bindings(self) -> Iterator[Attack]:
        """Sealed consistently, but to another context."""
        for name, label in (
            ("label-1", b"nomyo-e2ee/1 request\0"),
            ("label-response", b"nomyo-e2ee/2 response\0"),
            ("label-without-nul", b"nomyo-e2ee/2 request"),
            ("label-absent", b""),
        ):
            yield Attack(name, f"AAD begins with {label!r}", self.seal(name, label=label).envelope())
        full = {"outer": FULL}
        trailers: Dict[str, Tuple[str, Callable[[Outer], bytes]]] = {
            "aad-without-outer": ("the outer headers are not in the AAD", lambda outer: b""),
            "aad-u32-lengths": ("lengths of 4 bytes", lambda outer: b"".join(map(wide, values(outer)))),
            "aad-little-endian": ("lengths in little-endian", lambda outer: b"".join(map(reverse, values(outer)))),
            "aad-other-order": ("the other order", lambda outer: b"".join(map(lp, reversed(values(outer))))),
            "aad-without-lengths": ("values without lengths", lambda outer: "".join(values(outer)).encode()),
        }
        for name, (comment, trailer) in trailers.items():
            sealed = self.seal(name, trailer=trailer, **full)
            yield Attack(name, comment, sealed.envelope(), FULL)
        swapped = self.seal("keys-swapped", k_req_at=32)
        yield Attack("keys-swapped", "sealed under the second half of the key block", swapped.envelope())

    def flipped_bits(self) -> Iterator[Attack]:
        """The lowest bit of a part's first and last byte."""
        for part in ("ek", "nonce", "ciphertext", "tag"):
            for place, index in (("first", 0), ("last", -1)):
                name = f"flipped-{part}-{place}-byte"
                sealed = self.seal(name)
                changed = bytearray(getattr(sealed, part))
                changed[index] ^= 1
                comment = f"one bit flipped in the {place} byte"
                yield Attack(name, comment, replace(sealed, **{part: bytes(changed)}).envelope())

    def plaintexts(self) -> Iterator[Attack]:
        """Properly sealed, but the lengths or the padding inside are wrong."""
        head = text(inner()).encode()
        good = u32(len(head)) + head + u32(len(CHAT)) + CHAT
        room = -len(good) % 256
        body_at = 4 + len(head)
        cases = {
            "3-bytes": ("3 bytes", good[:3]),
            "7-bytes": ("n = 0 and 3 bytes", bytes(7)),
            "zeros": ("n = 0 and m = 0", bytes(256)),
            "no-m": ("it ends after the JSON", good[:body_at]),
            "m-cut": ("it ends within m", good[: body_at + 3]),
            "n-beyond": ("n is one byte beyond the end", u32(len(good) - 3) + good[4:]),
            "n-over-m": ("n takes the rest, m is missing", u32(len(good) - 4) + good[4:]),
            "n-2^31": ("n = 2^31", u32(1 << 31) + good[4:]),
            "n-2^32-1": ("n = 2^32 - 1", u32((1 << 32) - 1) + good[4:]),
            "n-65537": ("n = 65537 and nothing near it", u32(65537) + good[4:]),
            "m-beyond": ("m is one byte beyond the end", good[:body_at] + u32(len(CHAT) + 1) + CHAT),
            "m-2^32-1": ("m = 2^32 - 1", good[:body_at] + b"\xff\xff\xff\xff" + CHAT),
            "m-over-limit": ("m = 10 MiB + 1 and nothing near it", good[:body_at] + u32(10485761) + CHAT),
            "n-little-endian": ("n in little-endian", u32(len(head))[::-1] + good[4:]),
            "padding-first-byte": ("the first byte of padding is 1", good + b"\1" + bytes(room - 1)),
            "padding-last-byte": ("the last byte of padding is 1", good + bytes(room - 1) + b"\1"),
            "padding-80": ("padding after ISO/IEC 7816-4", good + b"\x80" + bytes(room - 1)),
            "padding-pkcs7": ("padding after PKCS#7", good + bytes([room]) * room),
            "padding-spaces": ("padding with spaces", good + b" " * room),
        }
        for slug, (comment, plaintext) in cases.items():
            name = f"plaintext-{slug}"
            yield Attack(name, comment, self.seal(name, plaintext=plaintext).envelope())

    def inner_json(self) -> Iterator[Attack]:
        good = text(inner())
        proto = '"__proto__":{"polluted":true}'
        cases: Dict[str, Tuple[str, Union[str, bytes]]] = {
            "empty": ("n = 0", ""),
            "not-json": ("words", "POST /v1/chat/completions"),
            "cut": ("the last character missing", good[:-1]),
            "trailing": ("characters after it", good + "x"),
            "trailing-nul": ("a zero byte after it", good + "\0"),
            "bom": ("a byte order mark", "\ufeff" + good),
            "not-utf-8": ("a byte FF in a string", good.encode()[:-1] + b',"x":"\xff"}'),
            "nan": ("NaN", good[:-1] + ',"x":NaN}'),
            "array-root": ("an array", f"[{good}]"),
            "string-root": ("a string", text(good)),
            "null-root": ("null", "null"),
            "proto": ("__proto__", f"{good[:-1]},{proto}}}"),
            "proto-in-headers": ("__proto__ among the headers", good.replace('"headers":{', '"headers":{"__proto__":"x",')),
        }
        for slug, (comment, json_text) in cases.items():
            name = f"json-{slug}"
            data = json_text.encode() if isinstance(json_text, str) else json_text
            yield Attack(name, f"JSON: {comment}", self.seal(name, inner=data).envelope())
        for member in ("method", "path", "headers"):
            fields = inner()
            del fields[member]
            yield self.fields(f"missing-{member}", f"no {member}", fields)
            for type_name, value in (("null", None), ("number", 1), ("array", ["POST"]), ("bool", True)):
                yield self.fields(f"{member}-{type_name}", f"{member} is {type_name}", {**inner(), member: value})
        methods = {"empty": "", "lower-case": "post", "17-letters": "A" * 17, "space": "GET ", "digit": "GET1"}
        methods.update({"crlf": "GET\r\n", "newline": "GET\n", "non-ascii": "PÖST", "slash": "GET /"})
        for slug, method in methods.items():
            yield self.fields(f"method-{slug}", f"method is {text(method)}", inner(method))
        yield self.fields("path-object", "path is an object", inner(path={}))
        yield self.fields("headers-string", "headers are text", inner(headers="content-type: text/plain"))

    def fields(self, name: str, comment: str, fields: Dict[str, Any], expected: str = "opaque") -> Attack:
        sealed = self.seal(name, inner=text(fields).encode())
        answered = sealed if expected == "path" else None
        return Attack(name, comment, sealed.envelope(), expected=expected, sealed=answered)

    def inner_headers(self) -> Iterator[Attack]:
        forbidden = "authorization cookie host content-length connection proxy-connection keep-alive te"
        more = "transfer-encoding upgrade trailer expect proxy-authorization proxy-authenticate"
        for header in (*forbidden.split(), *more.split()):
            fields = inner(headers={**JSON_HEADERS, header: "x"})
            yield self.fields(f"header-{header}", f"{header} inside", fields)
        names = {"upper-case": "X-Upper", "empty": "", "space": "x y", "colon": "x:", "crlf": "x\r\ny"}
        names.update({"non-ascii": "ü", "129-characters": "n" * 129})
        for slug, header in names.items():
            fields = inner(headers={**JSON_HEADERS, header: "x"})
            yield self.fields(f"header-name-{slug}", f"the header {text(header)[:64]}", fields)
        values_: Dict[str, Any] = {"null": None, "number": 1, "array": ["x"], "object": {}}
        values_.update({"crlf": "a\r\nb: c", "newline": "a\nb", "nul": "a\0b", "del": "a\x7fb"})
        values_.update({"wide": "\u0100", "8193-characters": "v" * 8193})
        for slug, value in values_.items():
            fields = inner(headers={**JSON_HEADERS, "x-value": value})
            yield self.fields(f"header-value-{slug}", f"the value {text(value)[:64]}", fields)

    def paths(self) -> Iterator[Attack]:
        """Opened, and then refused sealed."""
        for slug, path in FORBIDDEN_PATHS.items():
            yield self.fields(f"path-{slug}", f"the path {text(path)[:64]}", inner(path=path), "path")


FORBIDDEN_PATHS = {
    "empty": "",
    "no-slash": "v1/models",
    "absolute": "http://example.com/v1/models",
    "authority": "//example.com/v1/models",
    "asterisk": "*",
    "double-slash": "/v1//models",
    "backslash": "/v1\\models",
    "backslash-in-query": "/v1/models?x=\\",
    "fragment": "/v1/models#x",
    "fragment-in-query": "/v1/models?x#y",
    "dot-dot": "/v1/../models",
    "dot-dot-last": "/v1/models/..",
    "dot": "/v1/./models",
    "dot-last": "/v1/models/.",
    "dot-dot-before-query": "/v1/models/..?x=1",
    "encoded-dot-dot": "/v1/%2e%2e/models",
    "encoded-dot-dot-upper-case": "/v1/%2E%2E/models",
    "half-encoded-dot-dot": "/v1/.%2e/models",
    "half-encoded-dot-dot-2": "/v1/%2E./models",
    "encoded-dot": "/v1/%2e/models",
    "encoded-slash": "/v1/models%2fx",
    "encoded-slash-upper-case": "/v1/models%2Fx",
    "encoded-backslash": "/v1/models%5cx",
    "encoded-backslash-upper-case": "/v1/models%5Cx",
    "encoded-nul": "/v1/models%00",
    "encoded-crlf": "/v1/models%0d%0a",
    "encoded-del": "/v1/models%7F",
    "encoded-1f": "/v1/models%1F",
    "half-encoded-control": "/v1/models%0",
    "space": "/v1/models x",
    "crlf": "/v1/models\r\nx: y",
    "nul": "/v1/models\0",
    "tab": "/v1/models\t",
    "del": "/v1/models\x7f",
    "non-ascii": "/v1/modèles",
    "8193-characters": "/v1/models/" + "m" * (8193 - 11),
}


def values(outer: Outer) -> Tuple[str, ...]:
    return (outer.payload_id or "", outer.tier or "", outer.authorization or "")


def wide(value: str) -> bytes:
    return u32(len(value)) + value.encode()


def reverse(value: str) -> bytes:
    return u16(len(value))[::-1] + value.encode()


def vectors(keys: Keys) -> Iterator[Dict[str, Any]]:
    for attack in Attacks(keys).all():
        vector = {
            "id": f"request/{attack.name}",
            "comment": attack.comment,
            "key": "rsa2048",
            "outer": outer_fields(attack.outer),
            "envelope_base64": peer.to_base64(attack.envelope),
            "expected": attack.expected,
        }
        if attack.sealed is not None:
            vector.update({"k_res": attack.sealed.k_res.hex(), "th": attack.sealed.th.hex()})
        yield vector
