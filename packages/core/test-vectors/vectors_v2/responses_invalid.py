"""Responses whose head, frames or order are wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Iterator, List, Tuple

from .response_attack import Attack, Attacks
from .responses_valid import ANSWER
from .sealing import DATA, PAD, FrameRecipe, data, pad, u16, u32

FINAL_BIT = 1 << 31
HEAD_BYTES = 68


class WireAttacks(Attacks):
    """What can be done without K_str, and what a sender can get wrong around the plaintexts."""

    def all(self) -> Iterator[Attack]:
        yield from self.heads()
        yield from self.cuts()
        yield from self.bindings()
        yield from self.order()
        yield from self.ends()
        yield from self.lengths()
        yield from self.nonces()
        yield from self.flipped_bits()

    def heads(self) -> Iterator[Attack]:
        """Heads that are wrong, though K_str would unwrap for one who does not look."""
        for magic in (b"NMS1", b"NMS3", b"nms2", b"NMQ2", b"HTTP"):
            yield self.attack(f"magic-{magic.hex()}", f"the magic is {magic!r}", magic=magic)
        for mode in (b"\0", b"\2", b"\xff"):
            yield self.attack(f"mode-{mode.hex()}", f"byte 4 is {mode.hex()}", mode=mode)
        for zero in (b"\1", b"\xff"):
            yield self.attack(f"reserved-{zero.hex()}", f"byte 5 is {zero.hex()}", zero=zero)
        for length in (0, 59, 61, 0x3C00, 0xFFFF):
            yield self.attack(f"length-{length}", f"bytes 6 and 7 say {length}", length=u16(length))
        yield Attack("plaintext", "the answer, not sealed", ANSWER.encode())
        yield Attack("events", "server-sent events, not sealed", b'data: {"choices":[]}\n\n' * 9)

    def cuts(self) -> Iterator[Attack]:
        """The connection ends cleanly, before the final frame has come."""
        recipe = self.recipe("cut")
        whole = recipe.response()
        ends = [HEAD_BYTES]
        for frame in recipe.sealed_frames():
            ends.append(ends[-1] + len(frame))
        inside = [0, 1, 4, 7, 8, 19, 20, 67, HEAD_BYTES + 1, HEAD_BYTES + 3, HEAD_BYTES + 4, ends[1] + 30]
        for size in sorted({*inside, *ends[:-1], ends[-2] + 4, len(whole) - 1}):
            yield Attack(f"cut-{size}", f"the first {size} bytes", whole[:size], "truncated")

    def bindings(self) -> Iterator[Attack]:
        """K_str wrapped for another context."""
        other = self.requests["request-body-empty"]
        yield self.attack("another-request", "the answer to another request", request=other)
        yield self.attack("another-request-th", "th is that of another request", th=other.th)
        yield self.attack("another-request-k-res", "K_res is that of another request", k_res=other.k_res)
        k_req = self.request.keys[:32]
        yield self.attack("k-req", "wrapped under K_req", k_res=k_req)
        for name, label in (
            ("label-1", b"nomyo-e2ee/1 response-key\0"),
            ("label-request", b"nomyo-e2ee/2 request\0"),
            ("label-without-nul", b"nomyo-e2ee/2 response-key"),
            ("label-absent", b""),
        ):
            yield self.attack(name, f"the AAD begins with {label!r}", label=label)
        yield self.attack("aad-without-head", "bytes 0 to 7 are not in the AAD", tail=b"")
        yield self.attack("aad-zero-th", "th is zero", th=bytes(32))

    def order(self) -> Iterator[Attack]:
        """Good frames at the wrong place."""
        recipe = self.recipe("order")
        head, frames = recipe.head(), recipe.sealed_frames()
        orders: Dict[str, Tuple[str, List[int]]] = {
            "swapped-1-2": ("frames 1 and 2 swapped", [0, 2, 1, 3, 4]),
            "swapped-0-1": ("frames 0 and 1 swapped", [1, 0, 2, 3, 4]),
            "swapped-3-4": ("the final frame before the last but one", [0, 1, 2, 4, 3]),
            "doubled-0": ("frame 0 twice", [0, 0, 1, 2, 3, 4]),
            "doubled-1": ("frame 1 twice", [0, 1, 1, 2, 3, 4]),
            "doubled-final": ("the final frame twice", [0, 1, 2, 3, 4, 4]),
            "dropped-0": ("frame 0 is missing", [1, 2, 3, 4]),
            "dropped-1": ("frame 1 is missing", [0, 2, 3, 4]),
            "dropped-3": ("the frame before the final one is missing", [0, 1, 2, 4]),
            "only-final": ("all but the final frame are missing", [4]),
        }
        for name, (comment, order) in orders.items():
            yield Attack(f"order-{name}", comment, head + b"".join(frames[index] for index in order))
        donor = self.recipe("order-donor").sealed_frames()
        mixed = [*frames[:1], donor[1], *frames[2:]]
        yield Attack("order-frame-of-another-response", "frame 1 of another answer", head + b"".join(mixed))
        other_head = self.recipe("order-donor").head()
        yield Attack(
            "order-head-of-another-response", "the head of another answer", other_head + b"".join(frames)
        )

    def ends(self) -> Iterator[Attack]:
        """The mark on the final frame, and what comes after it."""
        recipe = self.recipe("ends")
        head, frames = recipe.head(), recipe.sealed_frames()

        def marked(index: int, final: bool) -> bytes:
            number = int.from_bytes(frames[index][:4], "big") & ~FINAL_BIT | (FINAL_BIT if final else 0)
            changed = [*frames]
            changed[index] = u32(number) + frames[index][4:]
            return head + b"".join(changed)

        yield Attack("final-demoted", "the mark taken from the final frame", marked(4, False))
        for index in (0, 1, 3):
            yield Attack(f"final-promoted-{index}", f"the mark set on frame {index}", marked(index, True))
            cut = head + b"".join(frames[:index]) + u32(int.from_bytes(frames[index][:4], "big") | FINAL_BIT)
            response = cut + frames[index][4:]
            yield Attack(
                f"final-promoted-{index}-and-cut", f"the mark set on frame {index}, the rest cut", response
            )
        whole = recipe.response()
        for name, tail in (
            ("zero-byte", b"\0"),
            ("newline", b"\n"),
            ("header", b"\0\0\1\x10"),
            ("whole-answer", whole),
        ):
            yield Attack(f"after-final-{name}", f"after the final frame: {name}", whole + tail)
        two = (self.meta, data("one", final=True), data("two", final=True))
        yield self.attack("final-twice", "two final frames, each sealed as it should be", *two)
        early = (self.meta, data("one", final=True), data("two"))
        yield self.attack("frame-after-final", "a frame that is not final after the final one", *early)
        never = replace(
            self.attack("final-never", "no frame is final", *self.good[:-1]), expected="truncated"
        )
        yield never

    def lengths(self) -> Iterator[Attack]:
        """L out of range, refused before anything is read or allocated: here is nothing to read."""
        start = self.recipe("lengths").head()
        first = self.recipe("lengths").sealed_frames()[0]
        for length in (0, 1, 16, 18, 65553, 1 << 24, (1 << 31) - 1):
            yield Attack(f"l-{length}-first", f"L = {length} on frame 0", start + u32(length))
            final = u32(length | FINAL_BIT)
            yield Attack(f"l-{length}-final", f"L = {length} on a final frame", start + first + final)
        plain = bytes([DATA]) + u16(65534) + b"x" * 65534
        over = FrameRecipe(DATA, plain=plain)
        yield self.attack(
            "frame-65553-bytes", "really sealed, one byte too long", self.meta, over, pad(final=True)
        )
        for size in (0, 1, 2):
            short = FrameRecipe(PAD, plain=bytes(size), final=True)
            yield self.attack(f"plaintext-{size}-bytes", f"a plaintext of {size} bytes", self.meta, short)

    def nonces(self) -> Iterator[Attack]:
        """Counter, mark and additional data of a frame."""

        def with_each(**changes: Any) -> Tuple[FrameRecipe, ...]:
            return tuple(replace(frame, **changes) for frame in self.good)

        counted = tuple(replace(frame, index=index + 1) for index, frame in enumerate(self.good))
        yield self.attack("counter-from-1", "frames counted from 1", *counted)
        yield self.attack("counter-fixed", "every frame under the same counter", *with_each(index=0))
        yield self.attack(
            "counter-little-endian", "the counter in little-endian", *with_each(byte_order="little")
        )
        jump = [*self.good]
        jump[2] = replace(jump[2], index=3)
        yield self.attack("counter-jump", "a counter left out", *jump)
        yield self.attack("mark-never", "the nonce of the final frame ends in 00", *with_each(flag=0))
        yield self.attack("mark-always", "every nonce ends in 01", *with_each(flag=1))
        yield self.attack(
            "mark-ff",
            "the nonce of the final frame ends in FF",
            *self.good[:-1],
            replace(self.good[-1], flag=255),
        )
        yield self.attack("aad-empty", "the header is not additional data", *with_each(aad=b""))

    def flipped_bits(self) -> Iterator[Attack]:
        recipe = self.recipe("flipped")
        whole = recipe.response()
        sizes = [len(frame) for frame in recipe.sealed_frames()]
        places = {"nonce-w": 8, "wrapped": 20, "wrapped-tag": 67, "frame-0": HEAD_BYTES + 4}
        places["frame-0-tag"] = HEAD_BYTES + sizes[0] - 1
        places["frame-1"] = HEAD_BYTES + sizes[0] + 4
        places["final"] = len(whole) - sizes[-1] + 4
        places["final-tag"] = len(whole) - 1
        for name, place in places.items():
            changed = bytearray(whole)
            changed[place] ^= 1
            yield Attack(f"flipped-{name}", f"one bit flipped at offset {place}", bytes(changed))
