"""A router that answers over 1.0 and 2.0."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import Dict, Iterable, Iterator, List, Optional, Tuple

from cryptography.hazmat.primitives.asymmetric import rsa

import nomyo_peer as peer

from . import answers, paths, wire
from .request import Opened, open_request
from .response import FRAME_HEAD_BYTES, Meta, Sealer
from .ring import KeyRing, ReplayStore

# An 8192-bit key, and what surrounds JSON and body, with 256 bytes of padding.
MAX_REQUEST_BYTES = 48 + 1024 + 12 + 8 + wire.MAX_INNER_JSON_BYTES + wire.MAX_INNER_BODY_BYTES + 256 + 16
MAX_RSA_QUEUE = 64
REFUSALS = {"clock": 400, "path": 404, "tier": 400, "method": 405}
WHOLE_FRAME_BYTES = 65536  # of plaintext, where sizes tell nothing that Content-Length would not


class PlainFailure(peer.HttpFailure):
    """A failure that carries more than a detail: another member of the body, another header."""

    def __init__(
        self, status: int, detail: str, *, type_: Optional[str] = None, retry_after: int = 0
    ) -> None:
        super().__init__(status, detail)
        self.body = {"detail": detail} if type_ is None else {"detail": detail, "type": type_}
        self.headers = {"Retry-After": str(retry_after)} if retry_after > 0 else {}


class SecureRouter(peer.Router):
    """The router of 1.0 with 2.0 beside it. `clock_offset` (seconds) sets its clock wrong, for tests."""

    def __init__(
        self,
        port: int,
        private_key: rsa.RSAPrivateKey,
        api_key: Optional[str] = None,
        *,
        frame_bytes: int = 1024,
        clock_offset: float = 0,
    ) -> None:
        super().__init__(port, private_key, api_key)
        self.RequestHandlerClass = SecureHandler
        self.frame_bytes = frame_bytes
        self.clock_offset = clock_offset
        self.ring = KeyRing(private_key, answers.PATHS)
        self.replays = ReplayStore(self.now)
        self.queue = threading.BoundedSemaphore(MAX_RSA_QUEUE)
        self.steps = threading.Semaphore(0)

    def now(self) -> float:
        return time.time() + self.clock_offset

    def keys_changed(self) -> None:
        """1.0 serves the first key of the document."""
        self.private_key = self.ring.first()
        self.public_pem = peer.spki_pem(self.private_key.public_key()).encode("ascii")


class SecureHandler(peer.RouterHandler):
    """One connection."""

    server: SecureRouter
    _extra_headers: Dict[str, str] = {}
    server_version = "nomyo-peer/2.0"

    def do_GET(self) -> None:
        if self._path() == wire.CAPABILITIES_PATH:
            self._send(200, "application/json", self.server.ring.document)
        else:
            super().do_GET()

    def do_POST(self) -> None:
        if self._path() != wire.SECURE_PATH:
            super().do_POST()
            return
        try:
            opened, outer = self._opened()
            refusal = self._refusal(opened, outer)
        except PlainFailure as failure:
            self._fail_with(failure)
        except peer.HttpFailure as failure:
            self._fail(failure.status, failure.detail)
        else:
            self._stream(opened, outer, refusal)

    def _opened(self) -> Tuple[Opened, wire.Outer]:
        """Steps 1 to 4."""
        body = self._body(MAX_REQUEST_BYTES)  # read whole, or the connection could not be kept
        if self.headers.get_content_type() != wire.REQUEST_MEDIA_TYPE:
            raise peer.HttpFailure(415, f"Content-Type is not {wire.REQUEST_MEDIA_TYPE}")
        if self.headers.get("Content-Encoding") is not None:
            raise peer.HttpFailure(415, "a content coding")
        self._authorize()
        if not self.server.queue.acquire(blocking=False):
            raise PlainFailure(503, "too many requests wait", retry_after=1)
        try:
            outer = self._outer()
            return open_request(body, self.server.ring.by_kid, outer), outer
        except wire.UnknownKey:
            detail = "the envelope is sealed to a key that is not here"
            raise PlainFailure(422, detail, type_=wire.UNKNOWN_KEY_TYPE) from None
        except peer.Refused as error:
            raise peer.HttpFailure(400, str(error)) from None
        finally:
            self.server.queue.release()

    def _body(self, limit: int = 0) -> bytes:
        """1.0 calls this without a limit and has its own."""
        length = self.headers.get("Content-Length", "")
        if limit > 0 and length.isdigit() and len(length) <= 12 and int(length) > limit:
            self.close_connection = True
            raise peer.HttpFailure(413, "the envelope is too large")
        return super()._body()

    def _outer(self) -> wire.Outer:
        def only(name: str) -> Optional[str]:
            values: List[str] = self.headers.get_all(name, [])
            if len(values) > 1:
                raise wire.opaque()
            return values[0] if values else None

        payload_id = only("X-Payload-ID")
        try:
            peer.payload_id_of(payload_id)
        except peer.HttpFailure:
            raise wire.opaque() from None
        return wire.Outer(payload_id, only("X-Security-Tier"), only("Authorization"))

    def _refusal(self, opened: Opened, outer: wire.Outer) -> Optional[str]:
        """Steps 5 to 7: why the request is not answered, if it is not."""
        late = abs(int(self.server.now() * 1000) - opened.iat) > wire.CLOCK_TOLERANCE_MS
        if late or opened.iat < self.server.replays.since_ms:
            return "clock"
        if not self.server.replays.claim(opened.claim):
            raise peer.HttpFailure(400, peer.OPAQUE)
        if paths.path_fault(opened.inner.path) or not paths.is_listed(opened.inner.path, answers.PATHS):
            return "path"
        if outer.tier is not None and outer.tier not in peer.TIERS:
            return "tier"
        return None if opened.inner.method in ("GET", "POST") else "method"

    def _stream(self, opened: Opened, outer: wire.Outer, refusal: Optional[str]) -> None:
        if refusal is None:
            answer = answers.answer(opened.inner, outer.tier, self.server.steps.acquire)
        else:
            answer = answers.failure(REFUSALS[refusal], f"refused: {refusal}")
        caps_hash = hashlib.sha256(self.server.ring.document).digest()
        t = int(self.server.now() * 1000)
        meta = Meta(answer.status, answer.headers, outer.payload_id, caps_hash, t, refusal)
        self.send_response(200)
        self.send_header("Content-Type", wire.RESPONSE_MEDIA_TYPE)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        sealer = Sealer(opened.binding)
        self._chunk(sealer.head)
        self._meta(sealer, meta, answer)
        try:
            self._data(sealer, answer)
        except answers.BackendFailed as error:
            content = peer.to_json({"code": "backend_failed", "message": str(error)})
            self._chunk(sealer.frame(wire.ERROR, content, final=True, size=self._size(answer)))
        except answers.Cut:
            pass
        self._chunk(b"")

    def _size(self, answer: answers.Answer) -> Optional[int]:
        return self.server.frame_bytes if answer.streamed else None

    def _meta(self, sealer: Sealer, meta: Meta, answer: answers.Answer) -> None:
        content = meta.encoded()
        size = self._size(answer)
        if size is not None and FRAME_HEAD_BYTES + len(content) > size:
            size = None
        self._chunk(sealer.frame(wire.META, content, size=size))

    def _data(self, sealer: Sealer, answer: answers.Answer) -> None:
        """DATA frames, the last of them final; where nothing is left for that one, it is PAD."""
        size = self._size(answer)
        for content, final in blocks(answer.pieces, (size or WHOLE_FRAME_BYTES) - FRAME_HEAD_BYTES):
            kind = wire.DATA if content else wire.PAD
            self._chunk(sealer.frame(kind, content, final=final, size=size))

    def _chunk(self, data: bytes) -> None:
        """One chunk of RFC 9112 section 7.1; the empty one is the last."""
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _fail_with(self, failure: PlainFailure) -> None:
        self._extra_headers = failure.headers
        self._send(failure.status, "application/json", peer.to_json(failure.body))

    def end_headers(self) -> None:
        for name, value in self._extra_headers.items():
            self.send_header(name, value)
        self._extra_headers = {}
        super().end_headers()

    def _authorize(self) -> None:
        """As in 1.0, but a header that is there twice is none."""
        if len(self.headers.get_all("Authorization", [])) > 1:
            raise peer.HttpFailure(401, "invalid API key")
        super()._authorize()


def blocks(pieces: Iterable[Optional[bytes]], room: int) -> Iterator[Tuple[bytes, bool]]:
    """Blocks as full as they can be, and whether it is the last. A piece that is None empties what waits."""
    waiting = b""
    for piece in pieces:
        waiting += piece or b""
        # Something is kept back for the last block, unless all of it is to leave now.
        leaving = len(waiting) if piece is None else max(0, (len(waiting) - 1) // room * room)
        for start in range(0, leaving, room):
            yield waiting[start : min(start + room, leaving)], False
        waiting = waiting[leaving:]
    yield waiting, True
