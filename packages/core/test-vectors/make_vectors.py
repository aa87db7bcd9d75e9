#!/usr/bin/env python3
"""Make v1.json: the language-neutral test vectors of NOMYO protocol 1.0.

    make_vectors.py            write v1.json, with the keys it already holds
    make_vectors.py --check    exit 1 if v1.json differs from what would be written

Everything but the RSA keys is derived from a vector's id, so the same keys give the same file to the byte.
The encoding is done here step by step, because a library chooses its own OAEP seed and refuses to make most
of what is wrong on purpose: OAEP after RFC 8017 section 7.1.1, GCM after NIST SP 800-38D section 7.1. The
reader of nomyo_peer.py, which does neither itself, must open every valid vector and refuse every invalid one.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import urllib.parse
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple, Union

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import nomyo_peer as peer

FILE = Path(__file__).with_name("v1.json")
KEYS = {"rsa2048": 2048, "rsa2048_other": 2048, "rsa3072": 3072, "rsa4096": 4096}
KINDS = ("request", "response")
PROCESSED_AT = 1767225600  # 2026-01-01T00:00:00Z

COMMENT = [
    "Test vectors of NOMYO protocol 1.0. Made by make_vectors.py; see README.md. All text is UTF-8.",
    "keys: RSA key pairs by name. TEST KEYS, NEVER USE: the private halves are public.",
    "keys.*.bits: modulus length. The exponent is 65537.",
    "keys.*.private_pkcs8: PKCS#8 PrivateKeyInfo (RFC 5958), DER, base64.",
    "keys.*.public_pem: SubjectPublicKeyInfo, PEM, 64 characters a line, with a final newline.",
    "keys.*.public_header: public_pem percent-encoded for X-Public-Key, '/' left as it is.",
    "keys.*.fingerprint: 'sha256/' and the base64 of SHA-256 over the SubjectPublicKeyInfo's DER.",
    "valid: envelopes that must open, each to its plaintext.",
    "invalid: envelopes that must be refused.",
    "id: the vector's name, unique in the file; in 'invalid' the kind and the name of the attack.",
    "comment: what the vector is about.",
    "key: the name of the key that opens, or tries to.",
    "kind: 'request' (a router opens it) or 'response' (a client opens it).",
    "aes_key, nonce, oaep_seed: hex of the 32, 12 and 32 random bytes the envelope was sealed with.",
    "plaintext: the text inside, to be compared byte by byte as UTF-8.",
    "envelope: the exact text that is sent as the HTTP body.",
    "envelope_base64: in place of 'envelope' where the body is not UTF-8 text: its bytes in base64.",
    "expected: 'refused'. From the key block to the plaintext's JSON, all failures must look the same.",
]


# --- cryptography, step by step -------------------------------------------------------------------------


def derive(vector: str, purpose: str, size: int) -> bytes:
    """The bytes that stand in for random ones: SHAKE256 over the vector's id and the purpose."""
    return hashlib.shake_256(f"nomyo protocol 1.0 vector\0{vector}\0{purpose}".encode()).digest(size)


def xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right))


def mgf1(seed: bytes, size: int, hash_name: str) -> bytes:
    """RFC 8017 appendix B.2.1."""
    mask = b""
    counter = 0
    while len(mask) < size:
        mask += hashlib.new(hash_name, seed + counter.to_bytes(4, "big")).digest()
        counter += 1
    return mask[:size]


@dataclass(frozen=True)
class Oaep:
    """The parameters of OAEP; protocol 1.0 uses the defaults."""

    hash_name: str = "sha256"
    mgf_hash_name: str = "sha256"
    label: bytes = b""
    leading_byte: int = 0

    def encode(self, message: bytes, size: int, seed: bytes) -> bytes:
        """EME-OAEP encoding to `size` bytes, RFC 8017 section 7.1.1 step 2."""
        label_hash = hashlib.new(self.hash_name, self.label).digest()
        seed = seed[: len(label_hash)]
        padding = bytes(size - len(message) - 2 * len(label_hash) - 2)
        block = label_hash + padding + b"\x01" + message
        masked_block = xor(block, mgf1(seed, len(block), self.mgf_hash_name))
        masked_seed = xor(seed, mgf1(masked_block, len(seed), self.mgf_hash_name))
        return bytes([self.leading_byte]) + masked_seed + masked_block


def rsa_encrypt(encoded: bytes, key: rsa.RSAPublicKey) -> bytes:
    """RSAEP and the conversions around it, RFC 8017 section 7.1.1 step 3."""
    numbers = key.public_numbers()
    return pow(int.from_bytes(encoded, "big"), numbers.e, numbers.n).to_bytes(len(encoded), "big")


def pkcs1_v15_encode(message: bytes, size: int, filler: bytes) -> bytes:
    """EME-PKCS1-v1_5 encoding, RFC 8017 section 7.2.1 step 2."""
    nonzero = filler.replace(b"\0", b"")[: size - len(message) - 3]
    return b"\x00\x02" + nonzero + b"\x00" + message


def ghash(key: bytes, data: bytes) -> bytes:
    """GHASH, SP 800-38D section 6.4, over whole blocks; multiplication after section 6.3."""
    h = int.from_bytes(key, "big")
    y = 0
    for start in range(0, len(data), 16):
        x = y ^ int.from_bytes(data[start : start + 16], "big")
        y, v = 0, h
        for bit in range(127, -1, -1):
            if x >> bit & 1:
                y ^= v
            v = v >> 1 ^ (0xE1 << 120 if v & 1 else 0)
    return y.to_bytes(16, "big")


def blocks(data: bytes) -> bytes:
    """Padded with zeros to whole blocks."""
    return data + bytes(-len(data) % 16)


def bit_length(data: bytes) -> bytes:
    return (8 * len(data)).to_bytes(8, "big")


def gcm_encrypt(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes = b"") -> Tuple[bytes, bytes]:
    """GCM-AE, SP 800-38D section 7.1, nonce of any length: (ciphertext, tag)."""

    def encrypt(mode: modes.Mode, data: bytes) -> bytes:
        return Cipher(algorithms.AES(key), mode).encryptor().update(data)

    h = encrypt(modes.ECB(), bytes(16))
    j0 = nonce + b"\0\0\0\1" if len(nonce) == 12 else ghash(h, blocks(nonce) + bytes(8) + bit_length(nonce))
    stream = encrypt(modes.CTR(j0), bytes(16) + plaintext)  # the first block masks the tag
    ciphertext = stream[16:]
    hashed = blocks(aad) + blocks(ciphertext) + bit_length(aad) + bit_length(ciphertext)
    tag = xor(ghash(h, hashed), stream[:16])
    return ciphertext, tag


# --- sealing --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sealed:
    """An envelope's parts before they become text."""

    kind: str
    aes_key: bytes
    nonce: bytes
    oaep_seed: bytes
    plaintext: bytes
    ciphertext: bytes
    tag: bytes
    encrypted_key: bytes

    def fields(self, **extra: Any) -> Dict[str, Any]:
        """The envelope as a JSON object; a response carries processed_at."""
        envelope = {
            "version": "1.0",
            "algorithm": "hybrid-aes256-rsa4096",
            "encrypted_payload": {
                "ciphertext": peer.to_base64(self.ciphertext),
                "nonce": peer.to_base64(self.nonce),
                "tag": peer.to_base64(self.tag),
            },
            "encrypted_aes_key": peer.to_base64(self.encrypted_key),
            "key_algorithm": "RSA-OAEP-SHA256",
            "payload_algorithm": "AES-256-GCM",
        }
        if self.kind == "response":
            envelope["processed_at"] = PROCESSED_AT
        return {**envelope, **extra}


def text(value: Any) -> str:
    """Compact JSON text."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@dataclass
class Recipe:
    """How to seal one vector. The defaults are protocol 1.0; an attack changes one of them."""

    vector: str
    kind: str
    plaintext: bytes
    attempt: int = 0
    aes_key_bytes: int = 32
    nonce_bytes: int = 12
    oaep: Optional[Oaep] = field(default_factory=Oaep)  # None: PKCS#1 v1.5

    def random(self, purpose: str, size: int) -> bytes:
        return derive(self.vector, f"{purpose} {self.attempt}", size)

    def seal(self, key: rsa.RSAPublicKey) -> Sealed:
        aes_key = self.random("aes key", self.aes_key_bytes)
        nonce = self.random("nonce", self.nonce_bytes)
        seed = self.random("oaep seed", 32)
        cipher_key = aes_key if len(aes_key) in (16, 24, 32) else (aes_key + bytes(32))[:32]
        ciphertext, tag = gcm_encrypt(cipher_key, nonce, self.plaintext)
        size = key.key_size // 8
        if self.oaep is None:
            encoded = pkcs1_v15_encode(aes_key, size, self.random("filler", 2 * size))
        else:
            encoded = self.oaep.encode(aes_key, size, seed)
        encrypted = rsa_encrypt(encoded, key)
        return Sealed(self.kind, aes_key, nonce, seed, self.plaintext, ciphertext, tag, encrypted)

    def seal_until(self, key: rsa.RSAPublicKey, wanted: Callable[[Sealed], bool]) -> Sealed:
        """Try other random bytes until the result has the wanted property."""
        recipe = self
        while True:
            sealed = recipe.seal(key)
            if wanted(sealed):
                return sealed
            recipe = replace(recipe, attempt=recipe.attempt + 1)


# --- plaintexts -----------------------------------------------------------------------------------------

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAA"
    "AABJRU5ErkJggg=="
)
WORLD = (
    "Cr\u00e8me br\u00fbl\u00e9e, na\u00efve; e\u0301 with a combining accent; "
    "\u4f60\u597d\uff0c\u4e16\u754c; "
    "\u3053\u3093\u306b\u3061\u306f; \uc548\ub155; \u0645\u0631\u062d\u0628\u0627; \u05e9\u05dc\u05d5\u05dd; "
    "\U0001f511 \U0001f469\u200d\U0001f4bb \U0001f1ea\U0001f1fa; \u2028 and \u2029; \x7f; \U00020bb7"
)


def request(content: Any = "Hello", **parameters: Any) -> Dict[str, Any]:
    return {"model": "Qwen/Qwen3-0.6B", "messages": [{"role": "user", "content": content}], **parameters}


def completion(content: Any = "Hello! How can I help you?", **message: Any) -> Dict[str, Any]:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": content, **message},
        "finish_reason": "tool_calls" if "tool_calls" in message else "stop",
    }
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": PROCESSED_AT,
        "model": "Qwen/Qwen3-0.6B",
        "choices": [choice],
        "usage": {"prompt_tokens": 9, "completion_tokens": 8, "total_tokens": 17},
        "_metadata": {"response_status": 200},
    }


WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city":"Köln"}'},
}


# --- valid ----------------------------------------------------------------------------------------------

Fields = Dict[str, Any]
ToText = Callable[[Fields], str]


def without_labels(fields: Fields) -> str:
    return text({name: fields[name] for name in fields if not name.endswith("_algorithm")})


def indented(fields: Fields) -> str:
    return json.dumps(fields, indent=2) + "\n"


def reversed_order(fields: Fields) -> str:
    payload = dict(reversed(list(fields["encrypted_payload"].items())))
    return text(dict(reversed(list({**fields, "encrypted_payload": payload}.items()))))


def escaped(fields: Fields) -> str:
    envelope = text(fields).replace("/", "\\/")
    return envelope.replace('"1.0"', '"\\u0031.0"').replace('"nonce"', '"\\u006eonce"')


def extended(fields: Fields) -> str:
    payload = {**fields["encrypted_payload"], "note": None}
    unknown = {"x_trace": {"hop": [1, 2, 3]}, "client_version": "9"}
    return text({**fields, "encrypted_payload": payload, **unknown})


def valid_cases() -> Iterator[Tuple[str, str, str, str, str, ToText]]:
    """(id, comment, key, kind, plaintext, how to write the envelope)"""
    for size in (2048, 3072, 4096):
        for kind, body in (("request", request()), ("response", completion())):
            comment = f"a simple {kind}, {size}-bit key"
            yield f"{kind}-rsa{size}", comment, f"rsa{size}", kind, text(body), text
    for name, comment, kind, body in content_cases():
        yield f"{kind}-{name}", comment, "rsa2048", kind, body, text

    def processed(value: Any) -> ToText:
        return lambda fields: text({**fields, "processed_at": value})

    def no_processed(fields: Fields) -> str:
        return text({name: fields[name] for name in fields if name != "processed_at"})

    answer = text(completion())
    forms: List[Tuple[str, str, str, ToText]] = [
        ("response-without-algorithm-labels", "no *_algorithm fields", "response", without_labels),
        ("response-processed-at-absent", "processed_at is optional", "response", no_processed),
        ("response-processed-at-integer", "processed_at in whole seconds", "response", processed(1767225600)),
        ("response-processed-at-float", "with a fraction", "response", processed(1767225600.123456)),
    ]
    for kind in KINDS:
        forms += [
            (f"{kind}-unknown-fields", "unknown fields at both levels are ignored", kind, extended),
            (f"{kind}-fields-reversed", "the order of fields says nothing", kind, reversed_order),
            (f"{kind}-json-white-space", "an indented envelope", kind, indented),
            (f"{kind}-json-escapes", "escapes in the envelope's strings and names", kind, escaped),
        ]
    for name, comment, kind, write in forms:
        yield name, comment, "rsa2048", kind, text(request()) if kind == "request" else answer, write


def content_cases() -> Iterator[Tuple[str, str, str, str]]:
    """(name, comment, kind, plaintext)"""
    image = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": PIXEL}}]
    tools = request("What is the weather in Köln?", tools=[WEATHER], tool_choice="required")
    literals = 'The texts "__proto__", NaN and \ufeff are harmless inside a string.'
    bias = {"50256": -100}
    numbers = request(temperature=0.7, seed=9007199254740991, logit_bias=bias, top_p=1e-7, stop=None)
    yield "non-ascii", "accents, CJK, emoji, right-to-left, line separators", "request", text(request(WORLD))
    yield "non-ascii", "the same in an answer", "response", text(completion(WORLD))
    yield "non-ascii-escaped", "the same text as JSON escapes", "request", json.dumps(request(WORLD))
    yield "tools", "tools with tool_choice", "request", text(tools)
    calls = completion(None, tool_calls=[CALL])
    yield "tool-calls", "an answer that calls a tool, content null", "response", text(calls)
    yield "image", "an image as a base64 data URL", "request", text(request(image))
    yield "empty-content", "content is the empty string", "request", text(request(""))
    yield "empty-content", "content is the empty string", "response", text(completion(""))
    yield "numbers", "numbers of every form, a large seed, null", "request", text(numbers)
    yield "harmless-words", "names of attacks as plain text", "request", text(request(literals))
    yield "harmless-words", "names of attacks as plain text", "response", text(completion(literals))
    yield "block-sized", "a plaintext of exactly 128 bytes", "request", padded_request(128)
    spacious = f" \r\n\t{json.dumps(request(), indent=1)}\n"
    yield "white-space", "white space around the JSON", "request", spacious
    yield "surrogate-escape", "a lone surrogate as an escape", "request", json.dumps(request("\ud83d"))


def padded_request(size: int) -> str:
    room = size - len(text(request("")))
    return text(request("a" * room))


# --- invalid --------------------------------------------------------------------------------------------

Invalid = Tuple[str, str, Union[str, bytes]]  # (attack, comment, envelope)


class Attacks:
    """Every invalid envelope of one kind, for the key `rsa2048`."""

    def __init__(self, kind: str, keys: Dict[str, rsa.RSAPublicKey]) -> None:
        self.kind = kind
        self.keys = keys
        self.key = keys["rsa2048"]
        self.body = text(request("Hi!") if kind == "request" else {**completion("Hi"), "_metadata": {}})
        if len(self.body) % 3 == 0:  # so that the ciphertext's base64 has padding
            self.body += " "

    def recipe(self, attack: str, **changes: Any) -> Recipe:
        return Recipe(f"{self.kind}/{attack}", self.kind, **{"plaintext": self.body.encode(), **changes})

    def sealed(self, attack: str, **changes: Any) -> Sealed:
        return self.recipe(attack, **changes).seal(self.key)

    def all(self) -> Iterator[Invalid]:
        yield from self.text_forms()
        yield from self.missing_fields()
        yield from self.wrong_types()
        yield from self.wrong_labels()
        yield from self.sloppy_base64()
        yield from self.lengths()
        yield from self.key_blocks()
        yield from self.flipped_bits()
        yield from self.plaintexts()

    def text_forms(self) -> Iterator[Invalid]:
        """The body as a whole."""
        good = text(self.sealed("text-form").fields())
        yield "empty-body", "no bytes at all", ""
        yield "white-space-body", "white space only", " \r\n"
        yield "html-body", "a page of some proxy", "<!DOCTYPE html><html><body>Bad Gateway</body></html>"
        yield "plaintext-body", "the payload, not encrypted", self.body
        not_utf8 = {"not-utf-8": b"\xff", "overlong-utf-8": b"\xc0\xaf", "utf-8-surrogate": b"\xed\xa0\x80"}
        for attack, data in not_utf8.items():
            yield attack, f"the bytes {data.hex()} in a string", b'{"x":"' + data + b'",' + good[1:].encode()
        yield "utf-16", "UTF-16 with a byte order mark", good.encode("utf-16")
        yield "envelope-bom", "a byte order mark before the envelope", "\ufeff" + good
        yield "envelope-cut", "the last character missing", good[:-1]
        yield "envelope-twice", "two envelopes", good + good
        yield "envelope-trailing-comma", "not JSON, though some accept it", good[:-1] + ",}"
        yield "envelope-nan", "NaN in an unknown field", good[:-1] + ',"x":NaN}'
        for name, root in (("null", "null"), ("true", "true"), ("number", "1"), ("empty-array", "[]")):
            yield f"root-{name}", f"the root is {root}", root
        yield "root-empty-object", "the root is {}", "{}"
        yield "root-array", "a good envelope in an array", f"[{good}]"
        yield "root-string", "a good envelope as a JSON string", text(good)
        for attack, name in (("proto", "__proto__"), ("proto-escaped", "\\u005f_proto__")):
            yield f"envelope-{attack}", f"{name} in a good envelope", f'{good[:-1]},"{name}":{{"x":1}}}}'
        yield "envelope-proto-only", "every field is in __proto__", f'{{"__proto__":{good}}}'
        payload = text(self.sealed("text-form").fields()["encrypted_payload"])
        yield "payload-proto-only", "encrypted_payload's fields are in its __proto__", good.replace(
            payload, f'{{"__proto__":{payload}}}'
        )

    def paths(self) -> List[Tuple[str, ...]]:
        nested = [("encrypted_payload", name) for name in ("ciphertext", "nonce", "tag")]
        first = [("version",), ("algorithm",), ("encrypted_payload",)]
        return [*first, *nested, ("encrypted_aes_key",), ("key_algorithm",), ("payload_algorithm",)]

    def missing_fields(self) -> Iterator[Invalid]:
        for path in self.paths():
            name = path[-1]
            if self.kind == "response" and name.endswith("_algorithm"):
                continue  # allowed in a response
            fields = self.sealed(f"missing-{name}").fields()
            holder = fields[path[0]] if len(path) > 1 else fields
            del holder[name]
            yield f"missing-{name}", f"no {name}", text(fields)

    def wrong_types(self) -> Iterator[Invalid]:
        for path in self.paths():
            for type_name, change in WRONG_TYPES.items():
                if (path[-1], type_name) == ("encrypted_payload", "empty-string"):
                    continue  # "string" below says the same
                attack = f"{path[-1]}-{type_name}"
                fields = self.sealed(attack).fields()
                holder = fields[path[0]] if len(path) > 1 else fields
                holder[path[-1]] = change(holder[path[-1]])
                yield attack, f"{path[-1]} is {type_name}", text(fields)
        fields = self.sealed("encrypted_payload-string").fields()
        fields["encrypted_payload"] = text(fields["encrypted_payload"])
        yield "encrypted_payload-string", "encrypted_payload as JSON text in a string", text(fields)
        if self.kind == "response":
            wrong: Fields = {"null": None, "bool": True, "array": [PROCESSED_AT], "object": {}}
            for type_name, value in {**wrong, "string": str(PROCESSED_AT)}.items():
                attack = f"processed_at-{type_name}"
                fields = self.sealed(attack).fields(processed_at=value)
                yield attack, f"processed_at is {type_name}", text(fields)

    def wrong_labels(self) -> Iterator[Invalid]:
        for name, values in WRONG_LABELS.items():
            for slug, value in values.items():
                attack = f"{name}-{slug}"
                yield attack, f"{name} is {text(value)}", text(self.sealed(attack).fields(**{name: value}))

    def sloppy_base64(self) -> Iterator[Invalid]:
        """Texts that a lenient decoder takes for the right bytes."""
        for path in self.paths():
            name = path[-1]
            if name in ("ciphertext", "nonce", "tag", "encrypted_aes_key"):
                for slug, (comment, change) in SLOPPY_BASE64.items():
                    attack = f"{name}-base64-{slug}"
                    sealed = self.recipe(attack).seal_until(self.key, has_url_unsafe)
                    fields = sealed.fields()
                    holder = fields[path[0]] if len(path) > 1 else fields
                    changed = change(holder[name])
                    if changed != holder[name]:
                        holder[name] = changed
                        yield attack, f"{name}: {comment}", text(fields)

    def lengths(self) -> Iterator[Invalid]:
        """Lengths that are wrong, though the envelope would open for one who does not look."""
        for size in (0, 8, 11, 13, 16, 128):
            attack = f"nonce-{size}-bytes"
            comment = f"really encrypted under a nonce of {size} bytes"
            yield attack, comment, self.write(attack, nonce_bytes=size)
        for size in (0, 4, 8, 12, 15):
            attack = f"tag-{size}-bytes"
            sealed = self.sealed(attack)
            cut = replace(sealed, tag=sealed.tag[:size])
            yield attack, f"the right tag, cut to {size} bytes", text(cut.fields())
        sealed = self.sealed("tag-17-bytes")
        longer = replace(sealed, tag=sealed.tag + b"\0")
        yield "tag-17-bytes", "the right tag and a zero byte", text(longer.fields())
        sealed = self.sealed("tag-in-ciphertext")
        joined = replace(sealed, ciphertext=sealed.ciphertext + sealed.tag)
        yield "tag-in-ciphertext", "ciphertext and tag joined, tag beside it", text(joined.fields())
        empty = replace(joined, tag=b"")
        yield "tag-in-ciphertext-only", "ciphertext and tag joined, tag empty", text(empty.fields())
        fields = joined.fields()
        del fields["encrypted_payload"]["tag"]
        yield "tag-in-ciphertext-field-missing", "ciphertext and tag joined, no tag", text(fields)
        yield from self.encrypted_key_lengths()
        for size in (0, 16, 24, 31, 33, 64):
            attack = f"aes-key-{size}-bytes"
            yield attack, AES_KEY_COMMENTS[size], self.write(attack, aes_key_bytes=size)

    def encrypted_key_lengths(self) -> Iterator[Invalid]:
        changes: Dict[str, Tuple[str, Callable[[bytes], bytes]]] = {
            "plus-leading-zero": ("a zero byte before it: the same number", lambda key: b"\0" + key),
            "plus-trailing-zero": ("a zero byte after it", lambda key: key + b"\0"),
            "minus-first-byte": ("the leading zero byte dropped: the same number", lambda key: key[1:]),
            "minus-last-byte": ("the last byte dropped", lambda key: key[:-1]),
        }
        for slug, (comment, change) in changes.items():
            attack = f"encrypted-key-{slug}"
            sealed = self.recipe(attack).seal_until(self.key, lambda s: s.encrypted_key[0] == 0)
            yield attack, comment, text(replace(sealed, encrypted_key=change(sealed.encrypted_key)).fields())

    def key_blocks(self) -> Iterator[Invalid]:
        """Key blocks of the right length that are not RSA-OAEP-SHA256 with the empty label to this key."""
        blocks_: Dict[str, Tuple[str, Optional[Oaep]]] = {
            "oaep-sha1": ("OAEP with SHA-1 and MGF1 with SHA-1", Oaep("sha1", "sha1")),
            "oaep-mgf1-sha1": ("OAEP with SHA-256, but MGF1 with SHA-1", Oaep("sha256", "sha1")),
            "oaep-sha1-mgf1-sha256": ("OAEP with SHA-1, but MGF1 with SHA-256", Oaep("sha1", "sha256")),
            "oaep-label": ("a label of one byte", Oaep(label=b"L")),
            "oaep-label-2.0": ("the label of protocol 2.0", Oaep(label=b"nomyo-e2ee/2 key")),
            "oaep-leading-byte": ("the encoded message begins with 01", Oaep(leading_byte=1)),
            "pkcs1-v1.5": ("padding of PKCS#1 v1.5", None),
        }
        for attack, (comment, oaep) in blocks_.items():
            yield attack, comment, self.write(attack, oaep=oaep)
        modulus = self.key.public_numbers().n
        size = self.key.key_size // 8

        def below(sealed: Sealed) -> bool:
            return int.from_bytes(sealed.encrypted_key, "big") + modulus < 1 << 8 * size

        sealed = self.recipe("encrypted-key-above-modulus").seal_until(self.key, below)
        above = (int.from_bytes(sealed.encrypted_key, "big") + modulus).to_bytes(size, "big")
        comment = "the modulus added: out of range (RFC 8017 section 5.1.2)"
        yield "encrypted-key-above-modulus", comment, text(replace(sealed, encrypted_key=above).fields())
        for slug, filler in (("zero", b"\0"), ("one", b"\0" * (size - 1) + b"\1")):
            attack = f"encrypted-key-{slug}"
            number = (filler * size)[:size]
            changed = replace(self.sealed(attack), encrypted_key=number)
            yield attack, f"the number {slug}", text(changed.fields())
        other = self.recipe("another-key").seal(self.keys["rsa2048_other"])
        yield "another-key", "sealed to rsa2048_other", text(other.fields())
        donor = self.sealed("swapped-key-from")
        swapped = replace(self.sealed("swapped-key"), encrypted_key=donor.encrypted_key)
        yield "swapped-key", "the key block of another envelope to the same key", text(swapped.fields())

    def flipped_bits(self) -> Iterator[Invalid]:
        """The lowest bit of a component's first and last byte."""
        for part in ("ciphertext", "nonce", "tag", "encrypted_key"):
            for place, index in (("first", 0), ("last", -1)):
                attack = f"flipped-{part.replace('_', '-')}-{place}-byte"
                sealed = self.sealed(attack)
                changed = bytearray(getattr(sealed, part))
                changed[index] ^= 1
                comment = f"one bit flipped in the {place} byte"
                yield attack, comment, text(replace(sealed, **{part: bytes(changed)}).fields())

    def plaintexts(self) -> Iterator[Invalid]:
        """Properly sealed, but what is inside is not the JSON object it should be."""
        good = self.body.rstrip()
        proto = '"__proto__":{"polluted":true}'
        escaped = '"\\u005f\\u005fproto\\u005f\\u005f":{"polluted":true}'
        deep = '"a":{"b":{"c":{"d":{"e":{%s}}}}}'
        cases: Dict[str, Tuple[str, Union[str, bytes]]] = {
            "empty": ("nothing", ""),
            "not-json": ("words", "the secret answer"),
            "cut": ("the last character missing", good[:-1]),
            "trailing": ("characters after the JSON", good + "x"),
            "trailing-nul": ("a zero byte after the JSON", good + "\0"),
            "bom": ("a byte order mark", "\ufeff" + good),
            "utf-16": ("UTF-16", good.encode("utf-16-le")),
            "not-utf-8": ("a byte FF in a string", good.encode()[:-1] + b',"x":"\xff"}'),
            "nan": ("NaN", good[:-1] + ',"temperature":NaN}'),
            "infinity": ("-Infinity", good[:-1] + ',"temperature":-Infinity}'),
            "single-quotes": ("not JSON", "{'model':'m'}"),
            "array-root": ("an array", f"[{good}]"),
            "string-root": ("a string", text(good)),
            "null-root": ("null", "null"),
            "number-root": ("a number", "1"),
            "proto-depth-0": ("__proto__ at depth 0", f"{good[:-1]},{proto}}}"),
            "proto-depth-5": ("__proto__ at depth 5", f"{good[:-1]},{deep % proto}}}"),
            "proto-escaped-depth-0": ("the same at depth 0, escaped", f"{good[:-1]},{escaped}}}"),
            "proto-escaped-depth-5": ("the same at depth 5, escaped", f"{good[:-1]},{deep % escaped}}}"),
            "proto-in-array": ("__proto__ in an object in an array", f'{good[:-1]},"x":[1,{{{proto}}}]}}'),
        }
        for slug, (comment, plaintext) in cases.items():
            attack = f"plaintext-{slug}"
            data = plaintext.encode() if isinstance(plaintext, str) else plaintext
            yield attack, f"plaintext: {comment}", self.write(attack, plaintext=data)

    def write(self, attack: str, **changes: Any) -> str:
        return text(self.sealed(attack, **changes).fields())


WRONG_TYPES: Dict[str, Callable[[Any], Any]] = {
    "null": lambda value: None,
    "bool": lambda value: True,
    "number": lambda value: 1,
    "array": lambda value: [value],
    "object": lambda value: {"value": value},
    "empty-string": lambda value: "",
}

WRONG_LABELS: Dict[str, Dict[str, Any]] = {
    "version": {
        "2.0": "2.0",
        "1": "1",
        "number-1.0": 1.0,
        "trailing-space": "1.0 ",
        "leading-space": " 1.0",
        "trailing-zero": "1.00",
        "trailing-nul": "1.0\0",
    },
    "algorithm": {
        "rsa2048": "hybrid-aes256-rsa2048",
        "aes128": "hybrid-aes128-rsa4096",
        "none": "none",
        "upper-case": "HYBRID-AES256-RSA4096",
        "trailing-space": "hybrid-aes256-rsa4096 ",
    },
    "key_algorithm": {
        "sha1": "RSA-OAEP-SHA1",
        "no-hash": "RSA-OAEP",
        "pkcs1": "RSA-PKCS1-v1_5",
        "lower-case": "rsa-oaep-sha256",
    },
    "payload_algorithm": {"aes128": "AES-128-GCM", "cbc": "AES-256-CBC", "lower-case": "aes-256-gcm"},
}

BASE64_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def trailing_bits(value: str) -> str:
    """Set the lowest of the bits that padding leaves unused."""
    digits = value.rstrip("=")
    if digits == value:
        return value
    return digits[:-1] + BASE64_ALPHABET[BASE64_ALPHABET.index(digits[-1]) | 1] + value[len(digits) :]


SLOPPY_BASE64: Dict[str, Tuple[str, Callable[[str], str]]] = {
    "newline": ("a line break inside", lambda value: value[:8] + "\n" + value[8:]),
    "leading-space": ("a space before", lambda value: " " + value),
    "trailing-newline": ("a line break after", lambda value: value + "\n"),
    "url-safe": ("the url-safe alphabet", lambda value: value.replace("+", "-").replace("/", "_")),
    "unpadded": ("no padding", lambda value: value.rstrip("=")),
    "trailing-bits": ("unused bits that are not zero", trailing_bits),
    "extra-padding": ("four more equals signs", lambda value: value + "===="),
    "junk-suffix": ("characters outside the alphabet after it", lambda value: value + "!!!!"),
    "junk-inside": ("a character outside the alphabet inside", lambda value: value[:4] + "*" + value[4:]),
    "non-ascii-suffix": ("a full-width A after it", lambda value: value + "\uff21"),
    "nul-suffix": ("a zero character after it", lambda value: value + "\0"),
}

AES_KEY_COMMENTS = {
    0: "an empty key block; encrypted under 32 zero bytes",
    16: "really encrypted with AES-128",
    24: "really encrypted with AES-192",
    31: "31 bytes; encrypted with a zero byte appended",
    33: "33 bytes; encrypted with the first 32",
    64: "64 bytes, as in protocol 2.0; encrypted with the first 32",
}


def has_url_unsafe(sealed: Sealed) -> bool:
    """Whether every component's base64 differs from its url-safe form."""
    parts = (sealed.ciphertext, sealed.nonce, sealed.tag, sealed.encrypted_key)
    return all(set("+/") & set(peer.to_base64(part)) for part in parts)


# --- the file -------------------------------------------------------------------------------------------


def key_entry(key: rsa.RSAPrivateKey) -> Dict[str, Any]:
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = peer.spki_pem(key.public_key())
    return {
        "comment": "test key, never use",
        "bits": key.key_size,
        "private_pkcs8": peer.to_base64(der),
        "public_pem": pem,
        "public_header": urllib.parse.quote(pem),
        "fingerprint": peer.fingerprint(key.public_key()),
    }


def stored_keys() -> Dict[str, rsa.RSAPrivateKey]:
    """The keys in v1.json; new ones only if there is no such file."""
    if not FILE.exists():
        return {name: peer.generate_key(bits) for name, bits in KEYS.items()}
    entries = json.loads(FILE.read_text("utf-8"))["keys"]
    keys = {}
    for name in KEYS:
        der = base64.b64decode(entries[name]["private_pkcs8"])
        keys[name] = serialization.load_der_private_key(der, None)
    return keys


def valid_vectors(keys: Dict[str, rsa.RSAPublicKey]) -> Iterator[Dict[str, Any]]:
    for vector, comment, key, kind, plaintext, write in valid_cases():
        sealed = Recipe(vector, kind, plaintext.encode()).seal(keys[key])
        yield {
            "id": vector,
            "comment": comment,
            "key": key,
            "kind": kind,
            "aes_key": sealed.aes_key.hex(),
            "nonce": sealed.nonce.hex(),
            "oaep_seed": sealed.oaep_seed.hex(),
            "plaintext": plaintext,
            "envelope": write(sealed.fields()),
        }


def invalid_vectors(keys: Dict[str, rsa.RSAPublicKey]) -> Iterator[Dict[str, Any]]:
    for kind in KINDS:
        for attack, comment, envelope in Attacks(kind, keys).all():
            vector = {"id": f"{kind}/{attack}", "comment": comment, "key": "rsa2048", "kind": kind}
            if isinstance(envelope, bytes):
                vector["envelope_base64"] = peer.to_base64(envelope)
            else:
                vector["envelope"] = envelope
            yield {**vector, "expected": "refused"}


def envelope_bytes(vector: Dict[str, Any]) -> bytes:
    if "envelope_base64" in vector:
        return base64.b64decode(vector["envelope_base64"])
    return vector["envelope"].encode()


def faults(vectors: Dict[str, Any], keys: Dict[str, rsa.RSAPrivateKey]) -> Iterator[str]:
    """What the peer makes of the vectors, where it is not what they say."""
    seen = set()
    for vector in vectors["valid"] + vectors["invalid"]:
        if vector["id"] in seen:
            yield f"{vector['id']}: the id is not unique"
        seen.add(vector["id"])
        response = vector["kind"] == "response"
        try:
            opened = peer.open_(envelope_bytes(vector), keys[vector["key"]], response=response)
        except peer.Refused as error:
            if "expected" not in vector:
                yield f"{vector['id']}: refused: {error}"
        else:
            if "expected" in vector:
                yield f"{vector['id']}: opened"
            elif opened != vector["plaintext"].encode():
                yield f"{vector['id']}: opened to another plaintext"


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the test vectors of NOMYO protocol 1.0.")
    parser.add_argument("--check", action="store_true", help="compare with v1.json and write nothing")
    options = parser.parse_args()
    if options.check and not FILE.exists():
        print("v1.json is missing", file=sys.stderr)
        return 1

    keys = stored_keys()
    public = {name: key.public_key() for name, key in keys.items()}
    vectors = {
        "comment": COMMENT,
        "protocol": "1.0",
        "keys": {name: key_entry(key) for name, key in keys.items()},
        "valid": list(valid_vectors(public)),
        "invalid": list(invalid_vectors(public)),
    }
    wrong = list(faults(vectors, keys))
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong:
        return 1

    content = (json.dumps(vectors, indent=2) + "\n").encode("ascii")
    if not options.check:
        FILE.write_bytes(content)
    elif FILE.read_bytes() != content:
        print("v1.json differs: run make_vectors.py", file=sys.stderr)
        return 1
    print(f"{len(vectors['valid'])} valid, {len(vectors['invalid'])} invalid, {len(content)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
