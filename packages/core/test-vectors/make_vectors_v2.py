#!/usr/bin/env python3
"""Make v2.json: the language-neutral test vectors of NOMYO protocol 2.0.

    make_vectors_v2.py            write v2.json, with the keys that v1.json holds
    make_vectors_v2.py --check    exit 1 if v2.json differs from what would be written

Everything but the RSA keys is derived from a vector's id, so the same keys give the same file to the byte.
OAEP and GCM are done step by step, as for v1.json. The reader of nomyo_v2, which does neither itself, must
open every valid vector and refuse every invalid one as it says.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Dict

from vectors_v2 import documents, requests_valid, responses_valid
from vectors_v2.contents_invalid import ContentAttacks
from vectors_v2.faults import Faults
from vectors_v2.inner_invalid import InnerAttacks
from vectors_v2.keys import Keys
from vectors_v2.requests_invalid import EnvelopeAttacks
from vectors_v2.responses_invalid import WireAttacks

FILE = Path(__file__).with_name("v2.json")

COMMENT = [
    "Test vectors of NOMYO protocol 2.0. Made by make_vectors_v2.py; see README.md. All text is UTF-8.",
    "keys: RSA key pairs by name, those of v1.json. TEST KEYS, NEVER USE: the private halves are public.",
    "keys.*.kid: hex of SHA-256 over the SubjectPublicKeyInfo's DER.",
    "valid: what must open, each to what the vector says. invalid: what must be refused.",
    "id: the vector's name, unique in the file. comment: what the vector is about.",
    "expected: 'opaque', the one failure; 'unknown_key' (422); 'path', it opens and is then refused sealed;",
    "    'truncated', the failure of an answer that ends early; 'refused', a document that is none.",
    "requests.*.key: the only key in the router's ring.",
    "requests.*.outer: those of payload_id, security_tier and authorization that are sent as HTTP headers.",
    "requests.*.inner: the JSON text that was sealed; method, path and headers are what it says.",
    "requests.*.body_base64: the inner body. plaintext_bytes: the size of what was encrypted, with padding.",
    "requests.*.k_req, k_res, oaep_seed, nonce: hex of all the random bytes there were. iat: ms since 1970.",
    "requests.*.th: hex of the hash that binds the answer.",
    "requests.invalid.*.k_res, th: only where the refusal is sealed.",
    "requests.*.envelope_base64: the exact body that is posted.",
    "responses.*.request: the id of the valid request that it answers, with its k_res, th and payload_id.",
    "responses.*.k_str, nonce_w: hex of the 32 and 12 random bytes.",
    "responses.*.frames: type, whether it is final, the size of its plaintext, and its content.",
    "responses.*.meta: what META says. error: what ERROR says, or null. body_base64: all of DATA.",
    "responses.*.response_base64: the exact body that is answered.",
    "capabilities.*.body: the exact body; body_base64 where it is not UTF-8. hash: caps_hash.",
    "capabilities.*.keys: the names of the keys that can be used, in their order.",
    "listings: whether the entries of a document's paths list a path.",
]


def make(keys: Keys) -> Dict[str, Any]:
    sealed = list(requests_valid.vectors(keys))
    requests = {vector["id"]: request for vector, request in sealed}
    valid, invalid = documents.capabilities(keys)
    return {
        "comment": COMMENT,
        "protocol": "2.0",
        "keys": keys.entries(),
        "requests": {
            "valid": [vector for vector, _ in sealed],
            "invalid": [
                attack.vector() for kind in (EnvelopeAttacks, InnerAttacks) for attack in kind(keys).all()
            ],
        },
        "responses": {
            "valid": list(responses_valid.vectors(requests)),
            "invalid": [
                attack.vector() for kind in (WireAttacks, ContentAttacks) for attack in kind(requests).all()
            ],
        },
        "capabilities": {"valid": valid, "invalid": invalid},
        "listings": documents.listings(),
    }


def summary(vectors: Dict[str, Any], size: int) -> str:
    parts = [
        f"{kind}: {len(vectors[kind]['valid'])} valid, {len(vectors[kind]['invalid'])} invalid"
        for kind in ("requests", "responses", "capabilities")
    ]
    return f"{'; '.join(parts)}; {len(vectors['listings'])} listings; {size} bytes"


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the test vectors of NOMYO protocol 2.0.")
    parser.add_argument("--check", action="store_true", help="compare with v2.json and write nothing")
    options = parser.parse_args()
    if options.check and not FILE.exists():
        print("v2.json is missing", file=sys.stderr)
        return 1

    keys = Keys()
    vectors = make(keys)
    wrong = list(Faults(vectors, keys).all())
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong:
        return 1

    content = (json.dumps(vectors, indent=1) + "\n").encode("ascii")
    if not options.check:
        FILE.write_bytes(content)
    elif FILE.read_bytes() != content:
        print("v2.json differs: run make_vectors_v2.py", file=sys.stderr)
        return 1
    print(summary(vectors, len(content)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
