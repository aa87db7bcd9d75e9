#!/usr/bin/env python3
"""A second implementation of NOMYO protocol 1.0, for testing the TypeScript one against.

It shares no code with the SDK and is written from the protocol's text alone, on the standard library and
`cryptography`. It is a test peer: it opens and seals envelopes, answers as a router, and asks as a client.

    nomyo_peer.py serve --port 0
    nomyo_peer.py ask --base-url http://127.0.0.1:12434 < request.json
    nomyo_peer.py seal --public-key FILE < plaintext > envelope
    nomyo_peer.py open --private-key FILE < envelope > plaintext

The standards behind each step:

    RFC 8017 section 7.1      RSAES-OAEP (SHA-256, MGF1 with SHA-256, empty label)
    NIST SP 800-38D           AES-GCM (256-bit key, 96-bit nonce, 128-bit tag, no additional data)
    RFC 5280 section 4.1.2.7  SubjectPublicKeyInfo; RFC 7468 section 13 for its PEM form
    RFC 4648 section 4        base64: standard alphabet, padded, canonical (section 3.5)
    RFC 8259                  JSON, in UTF-8 without a byte order mark (section 8.1)
    RFC 9562 section 5.4      UUID version 4
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import hmac
import http.client
import json
import os
import re
import signal
import sys
import threading
import time
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Dict, List, Optional, Set, Tuple, Union

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = "1.0"
ALGORITHM = "hybrid-aes256-rsa4096"  # one name for every size of RSA key
KEY_ALGORITHM = "RSA-OAEP-SHA256"
PAYLOAD_ALGORITHM = "AES-256-GCM"

AES_KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16

MAX_PLAINTEXT_BYTES = 10 * 1024 * 1024
MAX_ENVELOPE_BYTES = 15 * 1024 * 1024  # base64 adds a third; the rest is room for the other fields
MAX_JSON_DEPTH = 128
MAX_PEER_ANSWER_BYTES = 32 * 1024 * 1024

RSA_EXPONENT = 65537
MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192

PUBLIC_KEY_PATH = "/pki/public_key"
COMPLETION_PATH = "/v1/chat/secure_completion"
TIERS = ("standard", "high", "maximum")
TRANSPORT_OPTIONS = ("api_key", "base_url", "security_tier")  # never in the plaintext

OPAQUE = "the envelope could not be opened"


class Refused(Exception):
    """An envelope, a key or an answer that the protocol does not allow. Its text is one line."""


class HttpFailure(Exception):
    """A failure that the router answers with a status and a plain {"detail"}."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


# --- base64 and JSON ------------------------------------------------------------------------------------


def to_base64(data: bytes) -> str:
    """RFC 4648 section 4."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str, name: str) -> bytes:
    """Decode base64 and accept only the one text that encodes these bytes (RFC 4648 sections 3.3 and 3.5)."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(f"{name} is not base64") from None
    if to_base64(data) != text:
        raise Refused(f"{name} is not canonical base64")
    return data


def to_json(value: Any) -> bytes:
    """Compact JSON in UTF-8. A lone surrogate has no UTF-8 form, so a text that holds one is escaped."""
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode("ascii")


def json_object(data: bytes) -> Dict[str, Any]:
    """Parse JSON text (RFC 8259) that must be an object.

    Refused: invalid UTF-8, a byte order mark, NaN and Infinity, any other root, a member called
    `__proto__` however it is written, nesting deeper than MAX_JSON_DEPTH.
    """

    def no_constant(name: str) -> None:
        raise ValueError(name)

    try:
        value = json.loads(data.decode("utf-8"), parse_constant=no_constant)
    except (ValueError, RecursionError):
        raise Refused("not JSON") from None
    if not isinstance(value, dict):
        raise Refused("not a JSON object")
    level: List[Any] = [value]
    depth = 0
    while level:
        depth += 1
        if depth > MAX_JSON_DEPTH:
            raise Refused("JSON nested too deep")
        below: List[Any] = []
        for item in level:
            if isinstance(item, dict) and "__proto__" in item:
                raise Refused("JSON with a __proto__ member")
            members = item.values() if isinstance(item, dict) else item
            below.extend(member for member in members if isinstance(member, (dict, list)))
        level = below
    return value


# --- keys -----------------------------------------------------------------------------------------------


def generate_key(bits: int) -> rsa.RSAPrivateKey:
    """A new RSA key pair of `bits` bits with e = 65537."""
    return rsa.generate_private_key(public_exponent=RSA_EXPONENT, key_size=bits)


def spki_der(key: rsa.RSAPublicKey) -> bytes:
    """The key's SubjectPublicKeyInfo in DER (RFC 5280 section 4.1.2.7)."""
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def spki_pem(key: rsa.RSAPublicKey) -> str:
    """The key's SubjectPublicKeyInfo in PEM (RFC 7468 section 13), 64 characters a line."""
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem.decode("ascii")


def fingerprint(key: rsa.RSAPublicKey) -> str:
    """`sha256/` and the base64 of SHA-256 over the SPKI DER."""
    return "sha256/" + to_base64(hashlib.sha256(spki_der(key)).digest())


def check_rsa(key: rsa.RSAPublicKey) -> None:
    """Refuse a modulus outside 2048 to 8192 bits and any exponent but 65537."""
    if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise Refused(f"RSA key of {key.key_size} bits")
    if key.public_numbers().e != RSA_EXPONENT:
        raise Refused("RSA key with another exponent than 65537")


def load_public_key(pem: Union[str, bytes]) -> rsa.RSAPublicKey:
    """Read one SPKI PEM block and nothing beside it; the DER must be the key's canonical encoding."""
    text = pem.decode("latin-1") if isinstance(pem, bytes) else pem
    block = re.fullmatch(
        r"\s*-----BEGIN PUBLIC KEY-----\r?\n([A-Za-z0-9+/=\r\n]+)\r?\n-----END PUBLIC KEY-----\s*", text
    )
    if block is None:
        raise Refused("not a public key in PEM")
    der = from_base64(re.sub(r"[\r\n]", "", block.group(1)), "the public key")
    try:
        key = serialization.load_der_public_key(der)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Refused("not a public key") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise Refused("not an RSA key")
    check_rsa(key)
    if spki_der(key) != der:
        raise Refused("the public key is not canonical SPKI")
    return key


def load_private_key(pem: bytes) -> rsa.RSAPrivateKey:
    """Read an unencrypted RSA private key in PEM."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Refused("not an unencrypted private key in PEM") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Refused("not an RSA key")
    check_rsa(key.public_key())
    return key


# --- the envelope ---------------------------------------------------------------------------------------


def oaep() -> padding.OAEP:
    """RFC 8017 section 7.1 with SHA-256, MGF1 with SHA-256 (appendix B.2.1) and the empty label."""
    return padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


def seal(
    plaintext: bytes,
    public_key: rsa.RSAPublicKey,
    *,
    response: bool,
    processed_at: Optional[Union[int, float]] = None,
) -> bytes:
    """Encrypt `plaintext` under a fresh AES key and that key to `public_key`.

    `processed_at` (seconds since 1970) is written into a response, if it is given.
    """
    if processed_at is not None and not response:
        raise TypeError("processed_at belongs to a response")
    aes_key = AESGCM.generate_key(bit_length=8 * AES_KEY_BYTES)
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(aes_key).encrypt(nonce, plaintext, None)  # SP 800-38D section 7.1: ciphertext, then tag
    envelope: Dict[str, Any] = {
        "version": VERSION,
        "algorithm": ALGORITHM,
        "encrypted_payload": {
            "ciphertext": to_base64(sealed[:-TAG_BYTES]),
            "nonce": to_base64(nonce),
            "tag": to_base64(sealed[-TAG_BYTES:]),
        },
        "encrypted_aes_key": to_base64(public_key.encrypt(aes_key, oaep())),
        "key_algorithm": KEY_ALGORITHM,
        "payload_algorithm": PAYLOAD_ALGORITHM,
    }
    if processed_at is not None:
        envelope["processed_at"] = processed_at
    return to_json(envelope)


def open_(envelope: bytes, private_key: rsa.RSAPrivateKey, *, response: bool) -> bytes:
    """Decrypt an envelope and return its plaintext, which is JSON text with an object as its root.

    Everything that can be checked without a key is checked first. From the key block on there is one
    failure: OAEP, the AES key's length, the tag and the JSON are not told apart.
    """
    if len(envelope) > MAX_ENVELOPE_BYTES:
        raise Refused("the envelope is too large")
    fields = json_object(envelope)
    check_labels(fields, response=response)
    ciphertext, nonce, tag, encrypted_key = binary_fields(fields)
    if len(encrypted_key) != (private_key.key_size + 7) // 8:  # RFC 8017 section 7.1.2, step 1.b
        raise Refused("encrypted_aes_key is not as long as the modulus")

    try:
        aes_key = private_key.decrypt(encrypted_key, oaep())
    except ValueError:
        aes_key = b""
    if len(aes_key) != AES_KEY_BYTES:
        aes_key = os.urandom(AES_KEY_BYTES)  # fails below, as a wrong tag does
    try:
        plaintext = AESGCM(aes_key).decrypt(nonce, ciphertext + tag, None)  # SP 800-38D section 7.2
        json_object(plaintext)
    except (InvalidTag, Refused):
        raise Refused(OPAQUE) from None
    return plaintext


def check_labels(fields: Dict[str, Any], *, response: bool) -> None:
    """Check version, algorithms and, in a response, the type of processed_at."""
    expected = {"version": VERSION, "algorithm": ALGORITHM}
    for name, value in (("key_algorithm", KEY_ALGORITHM), ("payload_algorithm", PAYLOAD_ALGORITHM)):
        if not response or name in fields:  # some routers leave these two out
            expected[name] = value
    for name, value in expected.items():
        if type(fields.get(name)) is not str or fields[name] != value:
            raise Refused(f"{name} is not {value}")
    if response and "processed_at" in fields and type(fields["processed_at"]) not in (int, float):
        raise Refused("processed_at is not a number")


def binary_fields(fields: Dict[str, Any]) -> Tuple[bytes, bytes, bytes, bytes]:
    """Decode ciphertext, nonce, tag and encrypted AES key, with the lengths that need no key to check."""
    payload = fields.get("encrypted_payload")
    if not isinstance(payload, dict):
        raise Refused("encrypted_payload is not an object")
    texts = {name: payload.get(name) for name in ("ciphertext", "nonce", "tag")}
    texts["encrypted_aes_key"] = fields.get("encrypted_aes_key")
    decoded: Dict[str, bytes] = {}
    for name, text in texts.items():
        if not isinstance(text, str):
            raise Refused(f"{name} is not a string")
        decoded[name] = from_base64(text, name)
    if len(decoded["nonce"]) != NONCE_BYTES:
        raise Refused(f"nonce is not {NONCE_BYTES} bytes long")
    if len(decoded["tag"]) != TAG_BYTES:
        raise Refused(f"tag is not {TAG_BYTES} bytes long")
    if len(decoded["ciphertext"]) > MAX_PLAINTEXT_BYTES:
        raise Refused("the payload is too large")
    return decoded["ciphertext"], decoded["nonce"], decoded["tag"], decoded["encrypted_aes_key"]


# --- the router -----------------------------------------------------------------------------------------


def last_user_text(messages: List[Dict[str, Any]]) -> Optional[str]:
    """The content of the last message of the user, if it is a string."""
    for message in reversed(messages):
        if message.get("role") == "user":
            content = message.get("content")
            return content if isinstance(content, str) else None
    return None


def check_request(request: Dict[str, Any]) -> None:
    """Refuse a plaintext that is not a chat completion request, or that carries a transport option."""
    for name in TRANSPORT_OPTIONS:
        if name in request:
            raise HttpFailure(400, f"{name} is in the plaintext")
    if not isinstance(request.get("model"), str):
        raise HttpFailure(400, "model is not a string")
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(m, dict) for m in messages):
        raise HttpFailure(400, "messages is not a list of objects")
    if not isinstance(request.get("tools", []), list):
        raise HttpFailure(400, "tools is not a list")
    pad = request.get("peer_answer_bytes", 0)
    if type(pad) is not int or not 0 <= pad <= MAX_PEER_ANSWER_BYTES:
        raise HttpFailure(400, "peer_answer_bytes is out of range")


def tool_call(request: Dict[str, Any], digest: str, size: int) -> Dict[str, Any]:
    """A message that calls the first tool, with the digest and size of the request as arguments."""
    tool = request["tools"][0]
    function = tool.get("function") if isinstance(tool, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    if not isinstance(name, str):
        raise HttpFailure(400, "the first tool has no function name")
    arguments = to_json({"sha256": digest, "bytes": size}).decode("ascii")
    called = {"name": name, "arguments": arguments}
    call = {"id": f"call_{digest[:24]}", "type": "function", "function": called}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def report(request: Dict[str, Any], digest: str, size: int, tier: Optional[str]) -> Dict[str, Any]:
    """A message whose content is JSON text that tells what arrived."""
    content: Dict[str, Any] = {
        "sha256": digest,
        "bytes": size,
        "echo": last_user_text(request["messages"]),
        "tools": len(request.get("tools", [])),
        "tier": tier,
        "top_level_keys": sorted(request),
    }
    if "peer_answer_bytes" in request:
        content["pad"] = "x" * request["peer_answer_bytes"]
    return {"role": "assistant", "content": json.dumps(content, ensure_ascii=False)}


def complete(plaintext: bytes, tier: Optional[str], payload_id: str, processed_at: float) -> Dict[str, Any]:
    """The `chat.completion` for a request; but for `created` and `_metadata` it depends on nothing else."""
    request = json_object(plaintext)
    check_request(request)
    digest = hashlib.sha256(plaintext).hexdigest()
    calls_tool = bool(request.get("tools")) and request.get("tool_choice") == "required"
    if calls_tool:
        message = tool_call(request, digest, len(plaintext))
    else:
        message = report(request, digest, len(plaintext), tier)
    finish = "tool_calls" if calls_tool else "stop"
    prompt_tokens = len(request["messages"])
    return {
        "id": f"chatcmpl-{digest[:24]}",
        "object": "chat.completion",
        "created": int(processed_at),
        "model": request["model"],
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": 1,
            "total_tokens": prompt_tokens + 1,
        },
        "_metadata": {"payload_id": payload_id, "response_status": 200, "processed_at": processed_at},
    }


def payload_id_of(header: Optional[str]) -> str:
    """X-Payload-ID: a UUID of version 4 and the RFC's variant (RFC 9562 section 5.4)."""
    pattern = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    if header is None or re.fullmatch(pattern, header, re.IGNORECASE) is None:
        raise HttpFailure(400, "X-Payload-ID is not a UUID v4")
    return header


def client_key_of(header: Optional[str]) -> rsa.RSAPublicKey:
    """X-Public-Key: the client's SPKI PEM, percent-encoded (RFC 3986 section 2.1; `+` is a plus sign)."""
    if header is None:
        raise HttpFailure(400, "X-Public-Key is missing")
    encoded = re.fullmatch(r"(?:[A-Za-z0-9\-._~!'()*/]|%[0-9A-Fa-f]{2}){1,8192}", header)
    if encoded is None:
        raise HttpFailure(400, "X-Public-Key is not percent-encoded")
    try:
        return load_public_key(urllib.parse.unquote(header, errors="strict"))
    except (Refused, UnicodeDecodeError) as error:
        reason = str(error) if isinstance(error, Refused) else "not UTF-8"
        raise HttpFailure(400, f"X-Public-Key: {reason}") from None


class Router(ThreadingHTTPServer):
    """The router's state: its key, the API key it asks for, and the payload ids it has seen."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, private_key: rsa.RSAPrivateKey, api_key: Optional[str] = None) -> None:
        super().__init__(("127.0.0.1", port), RouterHandler)
        self.private_key = private_key
        self.public_pem = spki_pem(private_key.public_key()).encode("ascii")
        self.api_key = api_key
        self._lock = threading.Lock()
        self._payload_ids: Set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def claim(self, payload_id: str) -> None:
        """Every request carries a payload id of its own, a retry too."""
        with self._lock:
            if payload_id.lower() in self._payload_ids:
                raise HttpFailure(400, "X-Payload-ID was used before")
            self._payload_ids.add(payload_id.lower())

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news; anything else is printed."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class RouterHandler(BaseHTTPRequestHandler):
    """One connection to the router, kept alive between requests."""

    server: Router
    protocol_version = "HTTP/1.1"
    server_version = "nomyo-peer/1.0"
    disable_nagle_algorithm = True
    timeout = 120  # seconds without a byte

    def do_GET(self) -> None:
        if self._path() == PUBLIC_KEY_PATH:
            self._send(200, "text/plain; charset=utf-8", self.server.public_pem)
        else:
            self._fail(404, "Not Found")

    def do_POST(self) -> None:
        try:
            body = self._body()  # read whole, or the connection could not be kept
            if self._path() != COMPLETION_PATH:
                raise HttpFailure(404, "Not Found")
            answer = self._answer(body)
        except HttpFailure as failure:
            self._fail(failure.status, failure.detail)
        else:
            self._send(200, "application/octet-stream", answer)

    def _answer(self, body: bytes) -> bytes:
        self._authorize()
        if self.headers.get_content_type() != "application/octet-stream":
            raise HttpFailure(400, "Content-Type is not application/octet-stream")
        tier = self.headers.get("X-Security-Tier")
        if tier is not None and tier not in TIERS:
            raise HttpFailure(400, "X-Security-Tier is not standard, high or maximum")
        payload_id = payload_id_of(self.headers.get("X-Payload-ID"))
        client_key = client_key_of(self.headers.get("X-Public-Key"))
        self.server.claim(payload_id)
        try:
            plaintext = open_(body, self.server.private_key, response=False)
        except Refused as error:
            raise HttpFailure(400, str(error)) from None
        processed_at = time.time()
        completion = complete(plaintext, tier, payload_id, processed_at)
        return seal(to_json(completion), client_key, response=True, processed_at=processed_at)

    def _authorize(self) -> None:
        if self.server.api_key is None:
            return
        given = self.headers.get("Authorization", "").encode("latin-1", "replace")
        expected = f"Bearer {self.server.api_key}".encode("latin-1", "replace")
        if not hmac.compare_digest(given, expected):
            raise HttpFailure(401, "invalid API key")

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if re.fullmatch(r"[0-9]{1,12}", length) is None:
            self.close_connection = True
            raise HttpFailure(400, "Content-Length is missing")
        if int(length) > MAX_ENVELOPE_BYTES:
            self.close_connection = True
            raise HttpFailure(400, "the envelope is too large")
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            raise ConnectionResetError("the body ended early")
        return body

    def _path(self) -> str:
        return self.path.partition("?")[0]

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _fail(self, status: int, detail: str) -> None:
        self._send(status, "application/json", to_json({"detail": detail}))

    def send_error(self, code: int, message: Optional[str] = None, explain: Optional[str] = None) -> None:
        """Failures of the HTTP layer, in the protocol's form."""
        self.close_connection = True
        self._fail(code, message or http.client.responses.get(code, "error"))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""


def serve(port: int, private_key: rsa.RSAPrivateKey, api_key: Optional[str]) -> None:
    """Run the router until standard input ends or SIGTERM comes."""
    with Router(port, private_key, api_key) as router:
        threading.Thread(target=router.serve_forever, daemon=True).start()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print(f"listening on {router.url}", flush=True)
        while os.read(0, 65536):
            pass


# --- the client -----------------------------------------------------------------------------------------


class Client:
    """A client on one connection. `base_url` may end in `/` or `/v1`; a prefix is kept."""

    def __init__(self, base_url: str, private_key: rsa.RSAPrivateKey, timeout: float = 600) -> None:
        url = urllib.parse.urlsplit(base_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise Refused("the base URL is not http or https")
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(url.hostname, url.port, timeout=timeout)
        self._prefix = re.sub(r"(/v1)?/*$", "", url.path)
        self._private_key = private_key

    def server_key(self) -> rsa.RSAPublicKey:
        """Fetch the router's public key."""
        return load_public_key(self._exchange("GET", PUBLIC_KEY_PATH, None, {}))

    def ask(self, request: bytes, api_key: Optional[str] = None, tier: Optional[str] = None) -> bytes:
        """Seal the JSON text `request` as it is, post it and return the plaintext of the answer."""
        json_object(request)
        if len(request) > MAX_PLAINTEXT_BYTES:
            raise Refused("the request is too large")
        envelope = seal(request, self.server_key(), response=False)
        payload_id = str(uuid.uuid4())
        headers = {
            "Content-Type": "application/octet-stream",
            "X-Payload-ID": payload_id,
            "X-Public-Key": urllib.parse.quote(spki_pem(self._private_key.public_key())),
        }
        if api_key is not None:
            headers["Authorization"] = f"Bearer {api_key}"
        if tier is not None:
            headers["X-Security-Tier"] = tier
        body = self._exchange("POST", COMPLETION_PATH, envelope, headers)
        answer = open_(body, self._private_key, response=True)
        check_metadata(json_object(answer).get("_metadata", {}), payload_id)
        return answer

    def close(self) -> None:
        self._connection.close()

    def _exchange(self, method: str, path: str, body: Optional[bytes], headers: Dict[str, str]) -> bytes:
        try:
            self._connection.request(method, self._prefix + path, body, headers)
            response = self._connection.getresponse()
            content = response.read(MAX_ENVELOPE_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            raise Refused(f"no answer: {one_line(str(error) or type(error).__name__)}") from None
        except ValueError:  # its text would quote the header
            raise Refused("a header holds a character that cannot be sent") from None
        if response.status != 200:
            raise Refused(f"HTTP {response.status}: {detail_of(content)}")
        if len(content) > MAX_ENVELOPE_BYTES:
            raise Refused("the answer is too large")
        return content


def check_metadata(metadata: Any, payload_id: str) -> None:
    """`_metadata` is an object, and a payload id in it is the one that was sent."""
    if not isinstance(metadata, dict) or metadata.get("payload_id", payload_id) != payload_id:
        raise Refused("the answer is not to this request")


def one_line(text: str) -> str:
    """At most 512 characters without control characters."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text)[:512]


def detail_of(content: bytes) -> str:
    """The `detail` of a failure as one line. It is a stranger's text."""
    try:
        detail = json_object(content).get("detail")
    except Refused:
        return "no detail"
    return one_line(detail if isinstance(detail, str) else json.dumps(detail))


# --- the command ----------------------------------------------------------------------------------------


def read_file(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def private_key_from(path: Optional[str], bits: int) -> rsa.RSAPrivateKey:
    """The key in the file, or a new one."""
    return load_private_key(read_file(path)) if path is not None else generate_key(bits)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A second implementation of NOMYO protocol 1.0, for tests.")
    commands = parser.add_subparsers(dest="command", required=True)

    command = commands.add_parser("serve", help="answer as a router on 127.0.0.1")
    command.add_argument("--port", type=int, default=0, help="0 takes a free one")
    command.add_argument("--key-bits", type=int, choices=(2048, 3072, 4096), default=4096)
    command.add_argument("--key", metavar="FILE.pem", help="the router's key; a new one if not given")
    command.add_argument("--api-key", metavar="KEY", help="the API key to ask for")

    command = commands.add_parser("ask", help="send the request on standard input to a router")
    command.add_argument("--base-url", metavar="URL", required=True)
    command.add_argument("--api-key", metavar="KEY")
    command.add_argument("--tier", help="standard, high or maximum; sent as it is")
    command.add_argument("--key-bits", type=int, choices=(2048, 3072, 4096), default=4096)
    command.add_argument("--client-key", metavar="FILE.pem", help="the client's key; a new one if not given")

    command = commands.add_parser("seal", help="standard input to an envelope")
    command.add_argument("--public-key", metavar="FILE", required=True)
    command.add_argument("--response", action="store_true", help="seal a response, with processed_at")

    command = commands.add_parser("open", help="an envelope to its plaintext")
    command.add_argument("--private-key", metavar="FILE", required=True)
    command.add_argument("--response", action="store_true", help="open a response")
    return parser


def run(options: argparse.Namespace) -> None:
    out = sys.stdout.buffer
    if options.command == "serve":
        serve(options.port, private_key_from(options.key, options.key_bits), options.api_key)
    elif options.command == "ask":
        request = sys.stdin.buffer.read()
        client = Client(options.base_url, private_key_from(options.client_key, options.key_bits))
        out.write(client.ask(request, options.api_key, options.tier) + b"\n")
    elif options.command == "seal":
        key = load_public_key(read_file(options.public_key))
        processed_at = time.time() if options.response else None
        plaintext = sys.stdin.buffer.read()
        out.write(seal(plaintext, key, response=options.response, processed_at=processed_at))
    else:
        private_key = load_private_key(read_file(options.private_key))
        out.write(open_(sys.stdin.buffer.read(), private_key, response=options.response))
    out.flush()


def main() -> int:
    options = arguments().parse_args()
    try:
        run(options)
    except (Refused, OSError, ValueError) as error:
        print(one_line(str(error)), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
