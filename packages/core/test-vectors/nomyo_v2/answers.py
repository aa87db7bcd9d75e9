"""What the peer answers to chat completions, embeddings and models. No model is behind it."""

from __future__ import annotations

import hashlib
import struct
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Union

import nomyo_peer as peer

from .request import Inner

MODELS = ("test-model", "test-embedding")
PATHS = ("/v1/chat/completions", "/v1/embeddings", "/v1/models", "/v1/models/*")

EMBEDDING_SIZE = 8
CHUNK_CHARACTERS = 48
STOPS = ("error", "cut")  # how a stream may be told to end: an ERROR frame, or none at all


class BackendFailed(Exception):
    """The model's server failed after the answer had begun."""


class Cut(Exception):
    """The answer ends here, without a final frame."""


@dataclass(frozen=True)
class Answer:
    """An inner HTTP answer. A piece that is None says: what came until here is to be sent now."""

    status: int
    headers: Dict[str, str] = field(default_factory=dict)
    pieces: Iterable[Optional[bytes]] = ()
    streamed: bool = False


Steps = Callable[[], None]  # waits until the test lets the stream go on


def json_answer(status: int, value: Any) -> Answer:
    return Answer(status, {"content-type": "application/json"}, [peer.to_json(value)])


def failure(status: int, message: str) -> Answer:
    """A failure in OpenAI's form."""
    return json_answer(status, {"error": {"message": message, "type": "invalid_request_error", "code": None}})


def answer(inner: Inner, tier: Optional[str], wait: Steps) -> Answer:
    """Answer a request whose path has been checked."""
    path = inner.path.partition("?")[0]
    try:
        if path == "/v1/chat/completions":
            expect(inner, "POST")
            return chat(inner.body, tier, wait)
        if path == "/v1/embeddings":
            expect(inner, "POST")
            return embeddings(inner.body)
        expect(inner, "GET")
        return models(path)
    except peer.HttpFailure as error:
        return failure(error.status, error.detail)
    except peer.Refused as error:
        return failure(400, str(error))


def expect(inner: Inner, method: str) -> None:
    if inner.method != method:
        raise peer.HttpFailure(405, "Method Not Allowed")


# --- chat completions -----------------------------------------------------------------------------------


def chat(body: bytes, tier: Optional[str], wait: Steps) -> Answer:
    """The `chat.completion` that 1.0 answers with, whole or in chunks."""
    completion = peer.complete(body, tier, "", time.time())
    del completion["_metadata"]  # a matter of 1.0
    request = peer.json_object(body)
    if request.get("stream") is not True:
        return json_answer(200, completion)
    if request.get("peer_stop") not in (None, *STOPS):
        raise peer.HttpFailure(400, "peer_stop is unknown")
    headers = {"content-type": "text/event-stream", "cache-control": "no-cache"}
    return Answer(200, headers, events(request, completion, wait), streamed=True)


def events(request: Dict[str, Any], completion: Dict[str, Any], wait: Steps) -> Iterator[Optional[bytes]]:
    """Server-sent events; with `peer_step` each after the first waits for the test's word."""
    stop = request.get("peer_stop")
    for number, chunk in enumerate(chunks(request, completion)):
        if request.get("peer_step") is True and number > 0:
            yield None
            wait()
        if stop is not None and number == 2:
            yield None
            raise BackendFailed("the model went away") if stop == "error" else Cut()
        yield b"data: " + peer.to_json(chunk) + b"\n\n"
    yield b"data: [DONE]\n\n"


def chunks(request: Dict[str, Any], completion: Dict[str, Any]) -> Iterator[Dict[str, Any]]:
    [choice] = completion["choices"]

    def chunk(delta: Dict[str, Any], finish: Optional[str] = None) -> Dict[str, Any]:
        head = {name: completion[name] for name in ("id", "created", "model")}
        only = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**head, "object": "chat.completion.chunk", "choices": [only]}

    message = choice["message"]
    yield chunk({"role": "assistant", "content": "" if message["content"] is not None else None})
    for start in range(0, len(message["content"] or ""), CHUNK_CHARACTERS):
        yield chunk({"content": message["content"][start : start + CHUNK_CHARACTERS]})
    for index, call in enumerate(message.get("tool_calls", [])):
        yield chunk({"tool_calls": [{"index": index, **call}]})
    yield chunk({}, choice["finish_reason"])
    options = request.get("stream_options")
    if isinstance(options, dict) and options.get("include_usage") is True:
        yield {**chunk({}), "choices": [], "usage": completion["usage"]}


# --- embeddings and models ------------------------------------------------------------------------------


def embeddings(body: bytes) -> Answer:
    """Vectors made of the SHA-256 of each input, as numbers or as base64 of little-endian floats."""
    request = peer.json_object(body)
    given, model = request.get("input"), request.get("model")
    texts: Union[None, List[Any]] = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise peer.HttpFailure(400, "input is not text")
    if not isinstance(model, str):
        raise peer.HttpFailure(400, "model is not a string")
    as_base64 = request.get("encoding_format") == "base64"

    def entry(index: int, text: str) -> Dict[str, Any]:
        numbers = vector(text)
        packed = struct.pack(f"<{len(numbers)}f", *numbers)
        value: Any = peer.to_base64(packed) if as_base64 else numbers
        return {"object": "embedding", "index": index, "embedding": value}

    tokens = sum(len(text.split()) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    data = [entry(index, text) for index, text in enumerate(texts)]
    return json_answer(200, {"object": "list", "data": data, "model": model, "usage": usage})


def vector(text: str) -> List[float]:
    """Numbers between -1 and 1 that a 32-bit float holds exactly."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return [(byte - 128) / 128 for byte in digest[:EMBEDDING_SIZE]]


def models(path: str) -> Answer:
    def entry(name: str) -> Dict[str, Any]:
        return {"id": name, "object": "model", "created": 0, "owned_by": "nomyo-peer"}

    if path == "/v1/models":
        return json_answer(200, {"object": "list", "data": [entry(name) for name in MODELS]})
    name = path[len("/v1/models/") :]
    if name not in MODELS:
        return failure(404, "there is no such model")
    return json_answer(200, entry(name))
