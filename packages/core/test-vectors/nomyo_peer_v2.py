#!/usr/bin/env python3
"""The Python peer with protocol 2.0: a router and a client of both versions, and the format by itself.

    nomyo_peer_v2.py serve --port 0
    nomyo_peer_v2.py ask --base-url http://127.0.0.1:12434 < request.json
    nomyo_peer_v2.py seal-request --public-key FILE < request.json
    nomyo_peer_v2.py open-request --private-key FILE < envelope.json
    nomyo_peer_v2.py seal-response < answer.json
    nomyo_peer_v2.py open-response < response.json

It shares no code with the SDK and is written from docs/protocol.md alone. What the four last commands read
and write stands in README.md; it includes keys, for they are there for tests.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from typing import Any, Dict, Iterator, Optional

import nomyo_peer as peer
from nomyo_v2 import text_form
from nomyo_v2.client import Answer, Downgrade, PlainFailure, SealedFailure, SecureClient
from nomyo_v2.request import Inner
from nomyo_v2.router import SecureRouter


# --- serve ----------------------------------------------------------------------------------------------


def obey(router: SecureRouter, line: str) -> None:
    """Do what a test says on standard input."""
    command, _, value = line.partition(" ")
    if command == "step":
        router.steps.release()
    elif command in ("announce", "replace"):
        router.ring.announce(peer.generate_key(int(value)), before=command == "replace")
    elif command == "retire":
        router.ring.retire(int(value))
    elif command == "offer":
        router.ring.offer(value.split(","))
    else:
        raise ValueError(f"no such command: {command}")
    router.keys_changed()


def serve(options: argparse.Namespace) -> None:
    """Run the router until standard input ends or SIGTERM comes. Each line of input is a command."""
    key = peer.private_key_from(options.key, options.key_bits)
    with SecureRouter(
        options.port,
        key,
        options.api_key,
        frame_bytes=options.frame_bytes,
        clock_offset=options.clock_offset,
    ) as router:
        threading.Thread(target=router.serve_forever, daemon=True).start()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print(f"listening on {router.url}", flush=True)
        for line in lines_of(0):
            obey(router, line)
            print(f"done {line}", flush=True)


def lines_of(descriptor: int) -> Iterator[str]:
    """Whole lines, as soon as they are there."""
    waiting = b""
    while True:
        data = os.read(descriptor, 65536)
        if not data:
            return
        *lines, waiting = (waiting + data).split(b"\n")
        for line in lines:
            yield line.decode("ascii")


# --- ask ------------------------------------------------------------------------------------------------


def ask(options: argparse.Namespace) -> None:
    body = sys.stdin.buffer.read() if options.method != "GET" else b""
    client = SecureClient(
        options.base_url,
        api_key=options.api_key,
        tier=options.tier,
        pins=options.pin,
        min_protocol="2.0" if options.protocol == "2.0" else "1.0",
        clock=lambda: time.time() + options.clock_offset,
    )
    if options.protocol == "1.0" or not client.speaks_secure():
        ask_in_clear_version(options, body)
        return
    headers = {"content-type": "application/json"} if body else {}
    answer = client.ask(Inner(options.method, options.path, headers, body))
    write(answer)
    if options.twice:
        print(again(client), flush=True)


def write(answer: Answer) -> None:
    """The body on standard output as it comes; a failure is raised with its whole body."""
    if answer.meta.status >= 300:
        raise SealedFailure(answer.meta, b"".join(answer.body))
    for piece in answer.body:
        sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()


def again(client: SecureClient) -> str:
    """Post the last envelope once more, to the byte, and tell what comes of it."""
    if client.last is None:
        raise peer.Refused("nothing was sent")
    try:
        connection, _ = client.post(*client.last)
    except PlainFailure as failure:
        return f"again: {failure}"
    connection.close()
    return "again: answered"


def ask_in_clear_version(options: argparse.Namespace, body: bytes) -> None:
    """Over 1.0, which has nothing but whole chat completions."""
    if (options.method, options.path) != ("POST", "/v1/chat/completions") or options.pin:
        raise Downgrade("1.0 has no such request")
    client = peer.Client(options.base_url, peer.private_key_from(None, options.key_bits))
    sys.stdout.buffer.write(client.ask(body, options.api_key, options.tier) + b"\n")
    sys.stdout.buffer.flush()


# --- the command ----------------------------------------------------------------------------------------


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A second implementation of NOMYO protocol 2.0, for tests.")
    commands = parser.add_subparsers(dest="command", required=True)

    command = commands.add_parser("serve", help="answer as a router of 1.0 and 2.0 on 127.0.0.1")
    command.add_argument("--port", type=int, default=0, help="0 takes a free one")
    command.add_argument("--key-bits", type=int, choices=(2048, 3072, 4096), default=4096)
    command.add_argument("--key", metavar="FILE.pem", help="the router's key; a new one if not given")
    command.add_argument("--api-key", metavar="KEY", help="the API key to ask for")
    command.add_argument("--frame-bytes", type=int, default=1024, help="plaintext of a streamed frame")
    command.add_argument("--clock-offset", type=float, default=0, help="seconds that the clock is wrong")

    command = commands.add_parser("ask", help="send the body on standard input to a router")
    command.add_argument("--base-url", metavar="URL", required=True)
    command.add_argument("--protocol", choices=("auto", "1.0", "2.0"), default="auto")
    command.add_argument("--method", default="POST")
    command.add_argument("--path", default="/v1/chat/completions")
    command.add_argument("--api-key", metavar="KEY")
    command.add_argument("--tier", help="standard, high or maximum; sent as it is")
    command.add_argument("--pin", action="append", default=[], metavar="FINGERPRINT")
    command.add_argument("--clock-offset", type=float, default=0, help="seconds that the clock is wrong")
    command.add_argument("--twice", action="store_true", help="send the same envelope again afterwards")
    command.add_argument("--key-bits", type=int, choices=(2048, 3072, 4096), default=4096, help="for 1.0")

    for name, option in (("seal-request", "--public-key"), ("open-request", "--private-key")):
        command = commands.add_parser(name, help="JSON on standard input and output")
        command.add_argument(option, metavar="FILE", required=True)
    for name in ("seal-response", "open-response"):
        commands.add_parser(name, help="JSON on standard input and output")
    return parser


def run_format(options: argparse.Namespace) -> None:
    given: Dict[str, Any] = peer.json_object(sys.stdin.buffer.read())
    result: Optional[Dict[str, Any]] = None
    if options.command == "seal-request":
        key = peer.load_public_key(peer.read_file(options.public_key))
        result = text_form.seal_request_text(given, key)
    elif options.command == "open-request":
        result = text_form.open_request_text(
            given, peer.load_private_key(peer.read_file(options.private_key))
        )
    elif options.command == "seal-response":
        result = text_form.seal_response_text(given)
    else:
        result = text_form.open_response_text(given)
    sys.stdout.buffer.write(peer.to_json(result))
    sys.stdout.buffer.flush()


def main() -> int:
    options = arguments().parse_args()
    run = {"serve": serve, "ask": ask}.get(options.command, run_format)
    try:
        run(options)
    except (peer.Refused, OSError, ValueError) as error:
        print(peer.one_line(str(error)), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
