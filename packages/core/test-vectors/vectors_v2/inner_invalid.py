"""Requests that are properly sealed, and whose inside is wrong."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Tuple, Union

from make_vectors import text

from .request_attack import Attack, Attacks
from .sealing import CHAT, JSON_HEADERS, inner, u32

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


class InnerAttacks(Attacks):
    """Lengths, padding, JSON, headers, paths."""

    def all(self) -> Iterator[Attack]:
        yield from self.plaintexts()
        yield from self.inner_json()
        yield from self.inner_headers()
        yield from self.paths()

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
            "proto-in-headers": (
                "__proto__ among the headers",
                good.replace('"headers":{', '"headers":{"__proto__":"x",'),
            ),
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
                yield self.fields(
                    f"{member}-{type_name}", f"{member} is {type_name}", {**inner(), member: value}
                )
        methods = {
            "empty": "",
            "lower-case": "post",
            "17-letters": "A" * 17,
            "space": "GET ",
            "digit": "GET1",
        }
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
