"""Holds the vectors against the peer: it must open the valid ones and refuse the invalid ones."""

from __future__ import annotations

import base64
import io
from typing import Any, Callable, Dict, Iterator, Optional

import nomyo_peer as peer
from nomyo_v2 import paths, wire
from nomyo_v2.capabilities import read_capabilities
from nomyo_v2.request import Opened, open_request
from nomyo_v2.response import Opener

from .keys import Keys

Vector = Dict[str, Any]


def outer_of(vector: Vector) -> wire.Outer:
    given = vector["outer"]
    return wire.Outer(given.get("payload_id"), given.get("security_tier"), given.get("authorization"))


def verdict(work: Callable[[], Any]) -> str:
    """What the peer makes of it, in the words of `expected`."""
    try:
        work()
    except wire.Truncated:
        return "truncated"
    except wire.UnknownKey:
        return "unknown_key"
    except peer.Refused as error:
        return "opaque" if str(error) == peer.OPAQUE else "refused"
    return "opened"


class Faults:
    """What the peer makes of the vectors, where it is not what they say."""

    def __init__(self, vectors: Dict[str, Any], keys: Keys) -> None:
        self.vectors = vectors
        self.keys = keys
        self.requests = {vector["id"]: vector for vector in vectors["requests"]["valid"]}

    def all(self) -> Iterator[str]:
        seen = set()
        for kind, check in (
            ("requests", self.request),
            ("responses", self.response),
            ("capabilities", self.document),
        ):
            for vector in self.vectors[kind]["valid"] + self.vectors[kind]["invalid"]:
                if vector["id"] in seen:
                    yield f"{vector['id']}: the id is not unique"
                seen.add(vector["id"])
                fault = check(vector)
                if fault is not None:
                    yield f"{vector['id']}: {fault}"
        for entry in self.vectors["listings"]:
            if paths.is_listed(entry["path"], entry["entries"]) is not entry["listed"]:
                yield f"listing of {entry['path']}: the peer says otherwise"

    def open_request(self, vector: Vector) -> Opened:
        ring = self.keys.ring([vector["key"]])
        opened = open_request(base64.b64decode(vector["envelope_base64"]), ring, outer_of(vector))
        return opened

    def request(self, vector: Vector) -> Optional[str]:
        expected = vector.get("expected", "opened")
        came = verdict(lambda: self.open_request(vector))
        if expected == "path":
            fault = paths.path_fault(self.open_request(vector).inner.path) if came == "opened" else None
            return None if fault else f"{came}, and the path is allowed"
        if came != expected:
            return came
        if expected != "opened":
            return None
        opened = self.open_request(vector)
        if paths.path_fault(opened.inner.path):
            return "the path is refused"
        inner = opened.inner
        facts = {
            "method": inner.method,
            "path": inner.path,
            "headers": inner.headers,
            "body_base64": peer.to_base64(inner.body),
            "iat": opened.iat,
            "k_res": opened.binding.k_res.hex(),
            "th": opened.binding.th.hex(),
        }
        return differences(facts, vector)

    def response(self, vector: Vector) -> Optional[str]:
        opened: Dict[str, Any] = {}

        def work() -> None:
            binding = self.open_request(self.requests[vector["request"]]).binding
            opener = Opener(io.BytesIO(base64.b64decode(vector["response_base64"])).read, binding)
            frames = list(opener.frames())
            body = b"".join(frame.content for frame in frames if frame.type == wire.DATA)
            failed = bool(frames) and frames[-1].type == wire.ERROR
            opened["error"] = peer.json_object(frames[-1].content) if failed else None
            opened["body_base64"] = peer.to_base64(body)
            known = peer.json_object(opener.meta.encoded())
            opened["meta"] = {**vector.get("meta", {}), **known}

        came = verdict(work)
        if came != vector.get("expected", "opened"):
            return came
        return differences(opened, vector) if came == "opened" else None

    def document(self, vector: Vector) -> Optional[str]:
        body = vector["body"].encode() if "body" in vector else base64.b64decode(vector["body_base64"])
        came = verdict(lambda: read_capabilities(body))
        if came != vector.get("expected", "opened"):
            return came
        if came != "opened":
            return None
        read = read_capabilities(body)
        facts = {
            "hash": peer.to_base64(read.hash),
            "versions": list(read.versions),
            "paths": list(read.paths),
        }
        if read.kids() != tuple(self.keys.kid[name] for name in vector["keys"]):
            return "other keys"
        return differences(facts, vector)


def differences(facts: Dict[str, Any], vector: Vector) -> Optional[str]:
    wrong = [name for name, value in facts.items() if vector[name] != value]
    return f"other {', '.join(wrong)}" if wrong else None
