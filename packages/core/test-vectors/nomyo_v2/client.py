"""A client that speaks 2.0 where the router offers it, and 1.0 where it does not."""

from __future__ import annotations

import http.client
import re
import socket
import time
import urllib.parse
import uuid
from dataclasses import dataclass
from typing import Callable, Dict, Iterator, Mapping, Optional, Sequence, Set, Tuple

from cryptography.hazmat.primitives.asymmetric import rsa

import nomyo_peer as peer

from . import wire
from .capabilities import Capabilities, read_capabilities
from .request import Inner, seal_request
from .response import Meta, Opener, error_of

MAX_FAILURE_BYTES = 64 * 1024


class Downgrade(peer.Refused):
    """The router offers only 1.0, and that is not good enough."""


class SealedFailure(peer.Refused):
    """A failure that came sealed."""

    def __init__(self, meta: Meta, body: bytes) -> None:
        refused = f" refused: {meta.refused}" if meta.refused is not None else ""
        super().__init__(f"sealed HTTP {meta.status}{refused}: {failure_text(body)}")
        self.meta = meta


class PlainFailure(peer.Refused):
    """A failure that anybody on the way could have written."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"HTTP {status}: {peer.detail_of(body)}")
        self.status = status


@dataclass
class Memory:
    """What is known of a router, while this process runs."""

    kids: Set[bytes]
    vouched: Set[bytes]  # hashes of documents that a remembered key named
    seen: bool = False


@dataclass(frozen=True)
class Answer:
    """The inner answer. The body comes as it is opened."""

    meta: Meta
    body: Iterator[bytes]


class SecureClient:
    """A client of 2.0 for one router. `pins` are fingerprints; `clock` gives seconds since 1970."""

    def __init__(
        self,
        base_url: str,
        *,
        api_key: Optional[str] = None,
        tier: Optional[str] = None,
        pins: Sequence[str] = (),
        min_protocol: str = "1.0",
        clock: Callable[[], float] = time.time,
        timeout: float = 600,
    ) -> None:
        url = urllib.parse.urlsplit(base_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise peer.Refused("the base URL is not http or https")
        self._kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        self._host, self._port, self._timeout = url.hostname, url.port, timeout
        self._prefix = re.sub(r"(/v1)?/*$", "", url.path)
        self._authorization = f"Bearer {api_key}" if api_key is not None else None
        self._tier, self._pins, self._min_protocol = tier, pins, min_protocol
        self._clock, self._clock_offset_ms = clock, 0
        self._capabilities: Optional[Capabilities] = None
        self._expires = 0.0
        self.memory = Memory(set(), set())
        self.last: Optional[Tuple[bytes, Dict[str, str]]] = None  # the envelope and headers sent last

    # --- capabilities, versions and keys

    def speaks_secure(self) -> bool:
        """Whether 2.0 is to be spoken. 1.0 only where a 404 or a valid document says so."""
        if self._capabilities is None or time.monotonic() >= self._expires:
            self._capabilities = self._fetch_capabilities()
        if self._capabilities is not None and wire.VERSION in self._capabilities.versions:
            return True
        if self.memory.seen or self._min_protocol == wire.VERSION:
            raise Downgrade("the router offers no 2.0")
        return False

    def _fetch_capabilities(self) -> Optional[Capabilities]:
        connection, response = self._send("GET", wire.CAPABILITIES_PATH, None, {})
        try:
            body = response.read(wire.MAX_CAPABILITIES_BYTES + 1)
        finally:
            connection.close()
        if response.status == 404:
            return None
        if response.status != 200:
            raise PlainFailure(response.status, body)
        age = re.search(r"(?:^|[\s,])max-age=([0-9]{1,9})", response.getheader("Cache-Control", ""))
        self._expires = time.monotonic() + min(3600, int(age.group(1)) if age else 3600)
        return read_capabilities(body)

    def _key(self, document: Capabilities) -> rsa.RSAPublicKey:
        """The first key that the rules allow."""
        kids = set(document.kids())
        if document.hash in self.memory.vouched:
            self.memory.kids &= kids  # what it no longer lists is forgotten
            self.memory.kids |= kids
        for key in document.keys:
            if self._pins:
                if peer.fingerprint(key.public) in self._pins:
                    return key.public
            elif not self.memory.kids or wire.kid_of(key.public) in self.memory.kids:
                return key.public
        raise peer.Refused("the router has another key than before" if document.keys else "no key to use")

    # --- one request

    def ask(self, inner: Inner) -> Answer:
        """Send a request over 2.0. A clock that is wrong and a key that is gone are each mended once."""
        mended: Set[str] = set()
        while True:
            if not self.speaks_secure() or self._capabilities is None:
                raise Downgrade("the router offers no 2.0")
            try:
                answer = self._attempt(inner, self._capabilities)
            except PlainFailure as failure:
                if failure.status != 422 or "key" in mended:
                    raise
                mended.add("key")
                self._capabilities = None
                continue
            if answer.meta.refused != "clock" or "clock" in mended:
                return answer
            self._set_clock(answer)
            mended.add("clock")

    def _set_clock(self, answer: Answer) -> None:
        offset = answer.meta.t - int(self._clock() * 1000)
        if abs(offset) <= wire.CLOCK_TOLERANCE_MS:
            raise peer.Refused("timeout: the envelope was held up on the way")
        self._clock_offset_ms = offset
        for _ in answer.body:  # to its authenticated end
            pass

    def _attempt(self, inner: Inner, document: Capabilities) -> Answer:
        key = self._key(document)
        payload_id = str(uuid.uuid4())
        outer = wire.Outer(payload_id, self._tier, self._authorization)
        iat = int(self._clock() * 1000) + self._clock_offset_ms
        envelope, binding = seal_request(inner, key, outer, iat)
        named = {
            "Content-Type": wire.REQUEST_MEDIA_TYPE,
            "X-Payload-ID": payload_id,
            "X-Security-Tier": self._tier,
            "Authorization": self._authorization,
        }
        headers = {name: value for name, value in named.items() if value is not None}
        self.last = envelope, headers
        connection, response = self.post(envelope, headers)
        try:
            opener = Opener(reader(connection, response), binding)
        except BaseException:
            connection.close()
            raise
        self._remember(document, wire.kid_of(key), opener.meta)
        return Answer(opener.meta, contents(opener, connection))

    def post(
        self, envelope: bytes, headers: Mapping[str, str]
    ) -> Tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """Post an envelope; what comes back is a sealed response, or a failure is raised."""
        connection, response = self._send("POST", wire.SECURE_PATH, envelope, headers)
        if response.status != 200:
            body = response.read(MAX_FAILURE_BYTES)
            connection.close()
            raise PlainFailure(response.status, body)
        if response.headers.get_content_type() != wire.RESPONSE_MEDIA_TYPE:
            connection.close()
            raise peer.Refused("the answer is not sealed")
        return connection, response

    def _remember(self, document: Capabilities, kid: bytes, meta: Meta) -> None:
        self.memory.seen = True
        self.memory.kids.add(kid)
        self.memory.vouched = {meta.caps_hash}
        if meta.caps_hash == document.hash:
            self.memory.kids = set(document.kids())
        else:
            self._capabilities = None

    def _send(
        self, method: str, path: str, body: Optional[bytes], headers: Mapping[str, str]
    ) -> Tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = self._kind(self._host, self._port, timeout=self._timeout)
        try:
            connection.request(method, self._prefix + path, body, dict(headers))
            return connection, connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise peer.Refused(f"no answer: {peer.one_line(str(error) or type(error).__name__)}") from None
        except ValueError:  # its text would quote the header
            connection.close()
            raise peer.Refused("a header holds a character that cannot be sent") from None


def reader(
    connection: http.client.HTTPConnection, response: http.client.HTTPResponse
) -> Callable[[int], bytes]:
    """Reads n bytes; one byte, asked for at the end, is waited for no longer than a second."""
    sock = connection.sock

    def read(size: int) -> bytes:
        if size == 1 and sock is not None:
            sock.settimeout(wire.HOLD_SECONDS)
        try:
            return response.read(size)
        except socket.timeout:
            if size == 1:
                return b""  # held open after the final frame
            raise peer.Refused("no answer: timeout") from None
        except (OSError, http.client.HTTPException) as error:
            raise peer.Refused(f"no answer: {type(error).__name__}") from None

    return read


def contents(opener: Opener, connection: http.client.HTTPConnection) -> Iterator[bytes]:
    """The body, piece by piece. An ERROR frame raises."""
    try:
        for frame in opener.frames():
            if frame.type == wire.ERROR:
                code, message = error_of(frame.content)
                raise peer.Refused(f"sealed failure after the beginning: {code}: {peer.one_line(message)}")
            yield frame.content
    finally:
        connection.close()


def failure_text(body: bytes) -> str:
    """The message of OpenAI's form, or the detail of ours, as one line."""
    try:
        error = peer.json_object(body).get("error")
    except peer.Refused:
        return "no detail"
    if isinstance(error, dict) and isinstance(error.get("message"), str):
        return peer.one_line(error["message"])
    return peer.detail_of(body)
