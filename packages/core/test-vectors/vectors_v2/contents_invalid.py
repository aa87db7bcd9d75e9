"""Responses whose frames open, and hold what they must not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Iterator, Tuple, Union

import nomyo_peer as peer
from make_vectors import SLOPPY_BASE64, text

from .response_attack import Attack, Attacks
from .sealing import DATA, ERROR, META, PAD, FrameRecipe, data, meta_fields, pad, u16


class ContentAttacks(Attacks):
    """Each frame is properly sealed."""

    def all(self) -> Iterator[Attack]:
        yield from self.contents()
        yield from self.types()
        yield from self.metas()
        yield from self.errors()

    def contents(self) -> Iterator[Attack]:
        """Properly sealed plaintexts whose length or padding is wrong."""

        def plain(kind: int, length: int, content: bytes, rest: bytes) -> FrameRecipe:
            return FrameRecipe(kind, plain=bytes([kind]) + u16(length) + content + rest)

        end = pad(final=True)
        for slug, frame, comment in (
            ("padding-first", plain(DATA, 2, b"ab", b"\1" + bytes(250)), "the first byte of padding is 1"),
            ("padding-last", plain(DATA, 2, b"ab", bytes(250) + b"\1"), "the last byte of padding is 1"),
            ("padding-80", plain(DATA, 2, b"ab", b"\x80" + bytes(250)), "padding after ISO/IEC 7816-4"),
            ("n-beyond", plain(DATA, 254, b"x" * 253, b""), "n is one byte beyond the frame"),
            ("n-65535", plain(DATA, 65535, b"x" * 253, b""), "n = 65535"),
            ("n-beyond-empty", plain(DATA, 1, b"", b""), "n = 1 and no byte"),
            ("n-little-endian", plain(DATA, 2 << 8, b"ab", bytes(251)), "n in little-endian"),
        ):
            yield self.attack(f"content-{slug}", comment, self.meta, frame, end)
            last = replace(frame, final=True)
            yield self.attack(f"content-{slug}-final", f"{comment}, on the final frame", self.meta, last)
        content = self.meta.content
        dirty = FrameRecipe(META, plain=b"\1" + u16(len(content)) + content + b"\0\1")
        yield self.attack("content-meta-padding", "padding of META that is not zero", dirty, end)
        yield self.attack(
            "pad-padding", "padding of PAD that is not zero", self.meta, plain(PAD, 0, b"", b"\0x"), end
        )

    def types(self) -> Iterator[Attack]:
        """Frames of the wrong type, each properly sealed."""
        end = pad(final=True)
        yield self.attack("meta-missing", "the first frame is DATA", data("one"), end)
        yield self.attack("meta-missing-final-data", "the only frame is DATA", data("one", final=True))
        yield self.attack("meta-missing-pad", "the only frame is PAD", end)
        yield self.attack("meta-after-pad", "PAD before META", pad(), self.meta, end)
        yield self.attack("meta-after-data", "DATA before META", data("one"), self.meta, end)
        failed = FrameRecipe(ERROR, b'{"code":"x","message":"y"}', True)
        yield self.attack("meta-missing-error", "the only frame is ERROR", failed)
        yield self.attack("meta-twice", "META twice", self.meta, self.meta, end)
        yield self.attack(
            "meta-second-later", "a second META after DATA", self.meta, data("one"), self.meta, end
        )
        yield self.attack(
            "meta-second-final", "a second META at the end", self.meta, replace(self.meta, final=True)
        )
        content = FrameRecipe(PAD, b"x")
        yield self.attack("pad-content", "PAD with one byte", self.meta, content, end)
        yield self.attack(
            "pad-content-zero", "PAD with one zero byte", self.meta, FrameRecipe(PAD, b"\0"), end
        )
        yield self.attack(
            "pad-content-final", "a final PAD with content", self.meta, replace(content, final=True)
        )
        for kind in (4, 5, 127, 128, 255):
            unknown = FrameRecipe(kind, b"")
            yield self.attack(f"type-{kind}", f"a frame of type {kind}", self.meta, unknown, end)
            yield self.attack(
                f"type-{kind}-final", f"a final frame of type {kind}", self.meta, replace(unknown, final=True)
            )
        yield self.attack(
            "type-4-first", "the first frame is of type 4", FrameRecipe(4, self.meta.content), end
        )

    def metas(self) -> Iterator[Attack]:
        """META that is not what it should be."""
        good = text(meta_fields(self.request))
        texts: Dict[str, Tuple[str, Union[str, bytes]]] = {
            "empty": ("n = 0", ""),
            "not-json": ("words", "200 OK"),
            "bom": ("a byte order mark", "\ufeff" + good),
            "trailing": ("characters after it", good + "x"),
            "nan": ("NaN", good[:-1] + ',"x":NaN}'),
            "array": ("an array", f"[{good}]"),
            "null": ("null", "null"),
            "proto": ("__proto__", good[:-1] + ',"__proto__":{"x":1}}'),
            "not-utf-8": ("a byte FF in a string", good.encode()[:-1] + b',"x":"\xff"}'),
        }
        for slug, (comment, content) in texts.items():
            yield self.with_meta(slug, comment, content if isinstance(content, bytes) else content.encode())
        for member in meta_fields(self.request):
            fields = meta_fields(self.request)
            del fields[member]
            yield self.with_meta(f"missing-{member}", f"no {member}", text(fields).encode())
        for member, slug, value in self.wrong_members():
            fields = meta_fields(self.request, **{member: value})
            yield self.with_meta(f"{member}-{slug}", f"{member} is {text(value)}", text(fields).encode())

    def with_meta(self, slug: str, comment: str, content: bytes) -> Attack:
        frames = (FrameRecipe(META, content), data("one"), pad(final=True))
        return self.attack(f"meta-{slug}", f"META: {comment}", *frames)

    def wrong_members(self) -> Iterator[Tuple[str, str, Any]]:
        for slug, status in (
            ("199", 199),
            ("600", 600),
            ("0", 0),
            ("string", "200"),
            ("null", None),
            ("fraction", 200.5),
        ):
            yield "status", slug, status
        payload_id = str(self.request.payload_id)
        for slug, value in (
            ("other", "0c9e4f7a-3a0e-4f3e-8b7d-5b8f0d6a2c41"),
            ("upper-case", payload_id.upper()),
        ):
            yield "payload_id", slug, value
        for slug, value in (("null", None), ("empty", ""), ("number", 1)):
            yield "payload_id", slug, value
        caps_hash = meta_fields(self.request)["caps_hash"]
        for slug, (_, change) in SLOPPY_BASE64.items():
            if change(caps_hash) != caps_hash:
                yield "caps_hash", slug, change(caps_hash)
        short, long = peer.to_base64(bytes(31)), peer.to_base64(bytes(33))
        for slug, value in (
            ("31-bytes", short),
            ("33-bytes", long),
            ("empty", ""),
            ("null", None),
            ("number", 1),
        ):
            yield "caps_hash", slug, value
        for slug, t in (
            ("string", "1767225600250"),
            ("null", None),
            ("negative", -1),
            ("bool", True),
            ("2^53", 1 << 53),
        ):
            yield "t", slug, t
        headers: Dict[str, Any] = {
            "array": [],
            "null": None,
            "string": "",
            "upper-case": {"Content-Type": "x"},
        }
        headers.update({"number-value": {"x": 1}, "crlf-value": {"x": "a\r\nb: c"}, "empty-name": {"": "x"}})
        headers.update({"wide-value": {"x": "\u0100"}, "space-name": {"x y": ""}, "del-value": {"x": "\x7f"}})
        for slug, value in headers.items():
            yield "headers", slug, value
        for slug, value in (("null", None), ("true", True), ("number", 1), ("object", {})):
            yield "refused", slug, value

    def errors(self) -> Iterator[Attack]:
        good = b'{"code":"backend_failed","message":"it went away"}'
        going_on = (self.meta, FrameRecipe(ERROR, good), pad(final=True))
        yield self.attack("error-not-final", "ERROR that is not final", *going_on)
        contents = {
            "empty": b"",
            "not-json": b"backend failed",
            "array": b"[" + good + b"]",
            "no-code": b'{"message":"m"}',
            "no-message": b'{"code":"c"}',
            "code-number": b'{"code":1,"message":"m"}',
            "message-object": b'{"code":"c","message":{}}',
            "proto": good[:-1] + b',"__proto__":{}}',
        }
        for slug, content in contents.items():
            frames = (self.meta, data("one"), FrameRecipe(ERROR, content, True))
            yield self.attack(f"error-{slug}", f"ERROR: {slug}", *frames)
