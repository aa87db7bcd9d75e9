"""Requests whose envelope is wrong, or is not what it was sealed to be."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Dict, Iterator, Optional, Tuple

from make_vectors import Oaep
from nomyo_v2.wire import Outer

from .request_attack import Attack, Attacks
from .sealing import BEARER, CHAT, PAYLOAD_ID, lp, u16, u32

FULL = Outer(PAYLOAD_ID, "high", BEARER)
OTHER_ID = "0c9e4f7a-3a0e-4f3e-8b7d-5b8f0d6a2c41"


class EnvelopeAttacks(Attacks):
    """From the first byte to the tag."""

    def all(self) -> Iterator[Attack]:
        yield from self.forms()
        yield from self.heads()
        yield from self.outer_headers()
        yield from self.key_blocks()
        yield from self.bindings()
        yield from self.flipped_bits()

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
            "swapped": (
                "X-Payload-ID and Authorization swapped",
                {"payload_id": BEARER, "authorization": PAYLOAD_ID},
            ),
            "shifted": (
                "each value one header further",
                {"payload_id": BEARER, "tier": PAYLOAD_ID, "authorization": "high"},
            ),
            "boundary-moved": (
                "the boundary moved by one character",
                {"payload_id": PAYLOAD_ID + "h", "tier": "igh"},
            ),
        }
        for name, (comment, fields) in changes.items():
            yield Attack(f"outer-{name}", comment, good, replace(FULL, **fields))
        yield from self.odd_outer_headers()

    def odd_outer_headers(self) -> Iterator[Attack]:
        """Sealed without a header, received with it; and sealed with one that there must not be."""
        bare = self.seal("outer-bare").envelope()
        for name, field, value in (("tier", "tier", "high"), ("authorization", "authorization", BEARER)):
            for slug, given, comment in (
                ("added", value, "sealed without it"),
                ("empty", "", "there, but empty"),
            ):
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
            "aad-little-endian": (
                "lengths in little-endian",
                lambda outer: b"".join(map(reverse, values(outer))),
            ),
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


def values(outer: Outer) -> Tuple[str, ...]:
    return (outer.payload_id or "", outer.tier or "", outer.authorization or "")


def wide(value: str) -> bytes:
    return u32(len(value)) + value.encode()


def reverse(value: str) -> bytes:
    return u16(len(value))[::-1] + value.encode()
