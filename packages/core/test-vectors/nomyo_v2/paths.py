"""Which paths a sealed request may have."""

from __future__ import annotations

import re
from typing import Iterable, Optional

MAX_PATH_CHARACTERS = 8192

ENCODED_SEPARATOR_OR_CONTROL = re.compile(r"%(2f|5c|0|1|7f)", re.IGNORECASE)
DOT_SEGMENT = re.compile(r"(\.|%2e){1,2}", re.IGNORECASE)


def path_fault(path: str) -> Optional[str]:
    """What is wrong with a path in origin form with its query (RFC 9112 section 3.2.1), or None."""
    if not 1 <= len(path) <= MAX_PATH_CHARACTERS:
        return "too long or empty"
    if re.fullmatch(r"[\x21-\x7e]+", path) is None:
        return "characters outside visible ASCII"
    if not path.startswith("/"):
        return "no leading /"
    if "\\" in path or "#" in path:
        return "\\ or #"
    before_query = path.partition("?")[0]
    if "//" in before_query:
        return "//"
    if ENCODED_SEPARATOR_OR_CONTROL.search(before_query) is not None:
        return "an encoded separator or control byte"
    if any(DOT_SEGMENT.fullmatch(segment) for segment in before_query.split("/")):
        return "a dot segment"
    return None


def is_listed(path: str, entries: Iterable[str]) -> bool:
    """Whether an entry is the path, or a prefix that ends in /* with something below it."""
    bare = path.partition("?")[0]
    for entry in entries:
        prefix = entry[:-1] if entry.endswith("/*") else None
        if bare == entry or (prefix is not None and bare.startswith(prefix) and len(bare) > len(prefix)):
            return True
    return False
