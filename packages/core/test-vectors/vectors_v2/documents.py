"""Capabilities documents, and the paths that their entries stand for."""

from __future__ import annotations

import hashlib
from typing import Any, Dict, Iterator, List, Tuple, Union

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

import nomyo_peer as peer
from make_vectors import text

from .keys import Keys
from .sealing import derive

PATHS = ["/v1/chat/completions", "/v1/models", "/v1/models/*"]


def spki_pem(key: Any) -> str:
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem.decode("ascii")


def small_key() -> str:
    """An RSA key of 1024 bits; nobody knows its factors, and nobody needs to."""
    modulus = int.from_bytes(derive("documents", "small modulus", 128), "big") | 1 << 1023 | 1
    return spki_pem(rsa.RSAPublicNumbers(65537, modulus).public_key())


def elliptic_key() -> str:
    return spki_pem(ec.derive_private_key(1, ec.SECP256R1()).public_key())


def exponent_3_key(keys: Keys) -> str:
    return spki_pem(rsa.RSAPublicNumbers(3, keys.public["rsa2048"].public_numbers().n).public_key())


class Documents:
    """Valid and invalid documents."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys

    def key(self, name: str, **more: Any) -> Dict[str, Any]:
        return {"pem": self.keys.pem(name), **more}

    def document(self, *keys: Any, **changes: Any) -> Dict[str, Any]:
        return {"versions": ["1.0", "2.0"], "keys": list(keys), "paths": PATHS, **changes}

    def unusable(self) -> List[Dict[str, Any]]:
        return [{"pem": pem} for pem in (small_key(), elliptic_key(), exponent_3_key(self.keys), "no key")]

    def valid(self) -> Iterator[Tuple[str, str, str, List[str]]]:
        """(id, comment, body, names of the keys that can be used)"""
        one = self.key("rsa2048")
        yield "one-key", "one key", text(self.document(one)), ["rsa2048"]
        dated = self.key("rsa4096", not_after=1800000000), self.key("rsa3072")
        yield "two-keys", "two keys, not_after on the first", text(self.document(*dated)), [
            "rsa4096",
            "rsa3072",
        ]
        yield "only-1.0", "no 2.0", text(self.document(one, versions=["1.0"])), ["rsa2048"]
        yield "only-2.0", "no 1.0", text(self.document(one, versions=["2.0"])), ["rsa2048"]
        future = self.document(one, versions=["2.0", "3.1"], note={"x": [1]})
        yield "unknown-members", "a version and a member of the future", text(future), ["rsa2048"]
        spacious = text(self.document(one)).replace(",", " ,\r\n\t") + "\n"
        yield "white-space", "the hash is that of these bytes", spacious, ["rsa2048"]
        mixed = text(self.document(*self.unusable(), {"not_after": 1800000000}, one))
        comment = "1024 bits, an elliptic curve, e = 3, no PEM, nothing: left out"
        yield "unusable-keys", comment, mixed, ["rsa2048"]
        undated = text(self.document(self.key("rsa2048", not_after="soon")))
        yield "not-after-text", "a not_after that is no number says nothing", undated, ["rsa2048"]
        private = {"pem": self.keys.pem("rsa3072").replace("PUBLIC", "PRIVATE")}
        twice = {"pem": self.keys.pem("rsa3072") + self.keys.pem("rsa4096")}
        yield "unusable-pems", "a private key, two in one: left out", text(
            self.document(private, twice, one)
        ), ["rsa2048"]

    def invalid(self) -> Iterator[Tuple[str, str, Union[str, bytes]]]:
        good = text(self.document(self.key("rsa2048")))
        yield "empty", "no bytes", ""
        yield "html", "a page", "<!DOCTYPE html><html><body>Welcome</body></html>"
        yield "pem", "only the key", self.keys.pem("rsa2048")
        yield "bom", "a byte order mark", "\ufeff" + good
        yield "not-utf-8", "a byte FF in a string", good.encode()[:-1] + b',"x":"\xff"}'
        yield "trailing", "characters after it", good + "x"
        yield "array", "an array", f"[{good}]"
        yield "null", "null", "null"
        yield "proto", "__proto__", good[:-1] + ',"__proto__":{}}'
        for name in ("versions", "keys", "paths"):
            fields = self.document(self.key("rsa2048"))
            del fields[name]
            yield f"missing-{name}", f"no {name}", text(fields)
            for slug, value in (("null", None), ("string", "2.0"), ("object", {})):
                changed = self.document(self.key("rsa2048"), **{name: value})
                yield f"{name}-{slug}", f"{name} is {slug}", text(changed)
        for name in ("versions", "paths"):
            changed = self.document(self.key("rsa2048"), **{name: [2.0]})
            yield f"{name}-number", f"a number among {name}", text(changed)
        yield "keys-empty", "no key", text(self.document())
        yield "keys-pem", "a PEM among keys", text(self.document(self.keys.pem("rsa2048")))
        yield "keys-unusable", "no key that can be used", text(self.document(*self.unusable()))


def capabilities(keys: Keys) -> Tuple[List[Dict[str, Any]], List[Dict[str, Any]]]:
    """The valid documents and the invalid ones."""
    valid, invalid = [], []
    for name, comment, body, usable in Documents(keys).valid():
        fields = peer.json_object(body.encode())
        entry = {
            "id": f"capabilities-{name}",
            "comment": comment,
            "body": body,
            "hash": peer.to_base64(hashlib.sha256(body.encode()).digest()),
            "versions": fields["versions"],
            "keys": usable,
            "paths": fields["paths"],
        }
        valid.append(entry)
    for name, comment, given in Documents(keys).invalid():
        form = {"body_base64": peer.to_base64(given)} if isinstance(given, bytes) else {"body": given}
        invalid.append({"id": f"capabilities/{name}", "comment": comment, **form, "expected": "refused"})
    return valid, invalid


def listings() -> List[Dict[str, Any]]:
    """Whether the entries list the path."""
    cases = (
        ("/v1/chat/completions", ["/v1/chat/completions"], True),
        ("/v1/chat/completions?x=1", ["/v1/chat/completions"], True),
        ("/v1/chat/completions/", ["/v1/chat/completions"], False),
        ("/v1/chat", ["/v1/chat/completions"], False),
        ("/V1/chat/completions", ["/v1/chat/completions"], False),
        ("/v1/chat%2Dcompletions", ["/v1/chat-completions"], False),
        ("/v1/models/x", ["/v1/models/*"], True),
        ("/v1/models/x/y?z", ["/v1/models/*"], True),
        ("/v1/models", ["/v1/models/*"], False),
        ("/v1/modelsx", ["/v1/models/*"], False),
        ("/v1/models?/x", ["/v1/models/*"], False),
        ("/v1/models/*", ["/v1/models/*"], True),
        ("/v1/models/x", ["/v1/chat/*", "/v1/models/*"], True),
        ("/v1/models/x", [], False),
    )
    return [{"path": path, "entries": entries, "listed": listed} for path, entries, listed in cases]
