"""Responses that must open, each to a request among the valid ones."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Mapping, Tuple

import nomyo_peer as peer
from make_vectors import WORLD, completion, text

from .sealing import (
    DATA,
    ERROR,
    META,
    PAD,
    FrameRecipe,
    ResponseRecipe,
    SealedRequest,
    data,
    error,
    meta,
    pad,
)

ANSWER = text({name: value for name, value in completion().items() if name != "_metadata"})
EVENTS = [
    f'data: {{"choices":[{{"index":0,"delta":{{"content":"{word} "}}}}]}}\n\n'
    for word in "One two three".split()
]
SSE = {"content-type": "text/event-stream"}
TYPES = {PAD: "PAD", META: "META", DATA: "DATA", ERROR: "ERROR"}

Frames = Tuple[FrameRecipe, ...]
Case = Tuple[str, str, str, Frames]  # (name, comment, request, frames)


def cases(requests: Mapping[str, SealedRequest]) -> Iterator[Case]:
    for bits in (2048, 3072, 4096):
        request = f"request-rsa{bits}"
        frames = (meta(requests[request]), data(ANSWER, final=True))
        yield f"rsa{bits}", "a whole answer in one DATA frame", request, frames
    chosen = "request-rsa2048"
    for name, comment, frames in (
        *whole(requests[chosen]),
        *streamed(requests[chosen]),
        *odd(requests[chosen]),
    ):
        yield name, comment, chosen, frames
    for outer in ("tier", "tier-and-authorization"):
        request = f"request-outer-{outer}"
        frames = (meta(requests[request]), data(ANSWER, final=True))
        yield f"outer-{outer}", "bound to these headers by th", request, frames


def whole(request: SealedRequest) -> Iterator[Tuple[str, str, Frames]]:
    body = text(completion(WORLD))
    yield "non-ascii", "text from all over the world", (meta(request), data(body, final=True))
    yield "empty-body", "no body: META is final", (meta(request, status=204, headers={}, final=True),)
    yield "final-pad", "PAD is final", (meta(request), data(ANSWER), pad(final=True))
    yield "final-data-empty", "an empty DATA frame is final", (
        meta(request),
        data(ANSWER),
        data("", final=True),
    )
    parts = tuple(data(ANSWER[start : start + 40]) for start in range(0, len(ANSWER), 40))
    yield "many-frames", "one answer in many DATA frames", (meta(request), *parts, pad(final=True))
    largest = data("x" * 65533, final=True)
    yield "largest-frame", "a frame of 65552 bytes", (meta(request), largest)
    problem = {"error": {"message": "no such model", "type": "invalid_request_error", "code": None}}
    failed = (meta(request, status=404), data(text(problem), final=True))
    yield "sealed-404", "a failure of the inner request", failed
    refusals = (
        ("clock", 400),
        ("path", 404),
        ("tier", 400),
        ("model", 403),
        ("method", 405),
        ("request", 400),
    )
    for refused, status in refusals:
        frames = (meta(request, status=status, refused=refused), data(text(problem), final=True))
        yield f"refused-{refused}", f"refused because of the {refused}", frames
    for status in (200, 299, 599):
        yield f"status-{status}", f"status {status}", (meta(request, status=status, final=True),)
    more = meta(request, request_ms=12, note={"x": [1]})
    yield "meta-unknown-members", "members that are unknown say nothing", (more, data(ANSWER, final=True))
    yield "t-0", "t is 0", (meta(request, t=0), data(ANSWER, final=True))
    headers = {"content-type": "text/plain", "x_under.score": "Gr\xfc\xdfe", "x-empty": ""}
    yield "headers", "names and values of every kind", (meta(request, headers=headers, final=True),)


def streamed(request: SealedRequest) -> Iterator[Tuple[str, str, Frames]]:
    for size in (512, 1024, 4096):
        start = meta(request, headers=SSE, size=size)
        events = tuple(data(event, size=size) for event in EVENTS)
        end = data("data: [DONE]\n\n", final=True, size=size)
        yield f"streamed-{size}", f"every plaintext has {size} bytes", (start, *events, end)
    start = meta(request, headers=SSE, size=1024)
    events = [data(event, size=1024) for event in EVENTS]
    ended = (start, *events, pad(final=True, size=1024))
    yield "streamed-final-pad", "the stream ends with PAD", ended
    mixed = (
        start,
        pad(size=1024),
        events[0],
        pad(size=1024),
        pad(size=1024),
        *events[1:],
        pad(final=True, size=1024),
    )
    yield "streamed-pads", "PAD at any time after META", mixed
    failed = error("backend_failed", "the model's server went away", size=1024)
    yield "streamed-error", "ERROR after two events", (start, *events[:2], failed)
    yield "error-at-once", "ERROR before any DATA", (start, failed)
    long = {**SSE, "x-long": "y" * 1500}
    yield "streamed-large-meta", "META is larger than the frames", (meta(request, headers=long), *ended[1:])
    full = tuple(data("z" * 1021, size=1024) for _ in range(3))
    yield "streamed-full-frames", "no room for padding", (start, *full, pad(final=True, size=1024))
    cut = "data: é\n\n".encode()
    halves = FrameRecipe(DATA, cut[:7], size=1024), FrameRecipe(DATA, cut[7:], True, 1024)
    yield "streamed-split-character", "a character in two frames", (start, *halves)


def odd(request: SealedRequest) -> Iterator[Tuple[str, str, Frames]]:
    """What a sender does not do, and a receiver takes."""
    frames = (
        meta(request, size=301),
        data("a", size=4),
        data("", size=3),
        pad(size=3),
        data("b", final=True, size=4),
    )
    yield "odd-sizes", "plaintexts that are not padded, the shortest of 3 bytes", frames


def vectors(requests: Mapping[str, SealedRequest]) -> Iterator[Dict[str, Any]]:
    for name, comment, request, frames in cases(requests):
        recipe = ResponseRecipe(f"response-{name}", requests[request], frames)
        yield {
            "id": recipe.vector,
            "comment": comment,
            "request": request,
            "k_res": recipe.request.k_res.hex(),
            "th": recipe.request.th.hex(),
            "payload_id": recipe.request.payload_id,
            "k_str": recipe.k_str.hex(),
            "nonce_w": recipe.nonce_w.hex(),
            "frames": frame_entries(frames),
            "meta": peer.json_object(frames[0].content),
            "body_base64": peer.to_base64(b"".join(frame.content for frame in frames if frame.type == DATA)),
            "error": peer.json_object(frames[-1].content) if frames[-1].type == ERROR else None,
            "response_base64": peer.to_base64(recipe.response()),
        }


def frame_entries(frames: Frames) -> List[Dict[str, Any]]:
    entries = []
    for frame in frames:
        size = len(frame.seal(bytes(32), 0)) - 4 - 16
        content = peer.to_base64(frame.content)
        entries.append(
            {
                "type": TYPES[frame.type],
                "final": frame.final,
                "plaintext_bytes": size,
                "content_base64": content,
            }
        )
    return entries
