"""Payloads that nobody should send, drawn from a seed."""

import json
import random
from collections.abc import Callable
from typing import Any

LARGEST_BYTES = 300_000
_WORDS = (
    "yes",
    "dinner",
    "门开了",
    "Grüße",
    "звонок",
    "🔥",
    "a\u0301",
    "\u202e",
    "1e999",
    "&amp;",
    "<b>",
)
_KEYS = (
    *("id", "text", "message", "speak", "voice", "language", "lang", "engine", "targets", "target"),
    *("siteId", "sessionId", "priority", "volume", "chime", "expires_s", "interrupt"),
    *("dedupe_key", "cool_down_s", "rooms", "room", "", "\u0000", "__class__"),
)
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 3, 50, 101, 2**63, -(2**70), 0.5, 1e308, -0.0, "", " ", "all"),
    *("low", "critical", "urgent", "none", "soft", "../../etc/passwd", "en-us", "zz-zz", "\u0000"),
    *([], {}, [[]], ["bench"], ["bench"] * 40, {"a": {"b": []}}, "x" * 200, "\ud800", "nan"),
)


def draw_payload(rng: random.Random) -> bytes:
    """One payload: mostly broken in some way, now and then a good one."""
    return rng.choices(tuple(_MAKERS), weights=tuple(_MAKERS.values()))[0](rng)


def _good(rng: random.Random) -> bytes:
    return _encoded({"text": rng.choice(_WORDS), "id": f"good{rng.getrandbits(40):x}"})


def _plain(rng: random.Random) -> bytes:
    return " ".join(rng.choices(_WORDS, k=rng.randint(1, 4))).encode()


def _wrong_values(rng: random.Random) -> bytes:
    fields: dict[str, Any] = {"text": rng.choice(_WORDS)}
    for _ in range(rng.randint(1, 4)):
        fields[rng.choice(_KEYS)] = rng.choice(_VALUES)
    return _encoded(fields)


def _mutated(rng: random.Random) -> bytes:
    data = bytearray(_wrong_values(rng))
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            data[at:at] = rng.randbytes(rng.randint(1, 8))
        elif kind == 1:
            del data[at : at + rng.randint(1, 12)]
        elif kind == 2 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        else:
            data[at:at] = data[: rng.randint(0, 20)]
    return bytes(data)


def _random_bytes(rng: random.Random) -> bytes:
    return rng.randbytes(rng.choice((0, 1, 2, 10, 100, 1000)))


def _almost_json(rng: random.Random) -> bytes:
    return rng.choice(_ALMOST)


def _nested(rng: random.Random) -> bytes:
    depth = rng.choice((10, 100, 1000, 4000))
    opening, closing = rng.choice(((b"[", b"]"), (b'{"a":', b"}")))
    inner = opening * depth + b"1" + closing * depth
    return rng.choice((inner, b'{"text":' + inner + b"}", opening * depth))


def _huge(rng: random.Random) -> bytes:
    size = rng.choice((8_000, 8_192, 8_193, 20_000, 100_000, LARGEST_BYTES))
    return rng.choice((b"x" * size, b'{"text":"' + b"y" * size + b'"}', rng.randbytes(size)))


def _encoded(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode("utf-8", "surrogatepass")


_ALMOST = (
    *(b"{", b"}", b"{}", b"[]", b"null", b"true", b'"text"', b"0", b"-", b"{'text':'a'}"),
    *(b'{"text":"a","text":"b"}', b'{"text":NaN}', b'{"text":1e999}', b'{"volume":Infinity}'),
    *(b'{"text":"a"}{"text":"b"}', b'\xef\xbb\xbf{"text":"a"}', b'{"text":"\\ud800"}', b"\x00"),
    *(b'{"text":"a",}', b'{"text":"\\u0000"}', b'{"id":"\\u202e","text":"a"}', b"  \n\t "),
    *(b'{"text":"a"', b"\xc3\x28", b"\xf0\x9f", b'{"volume":' + b"9" * 5000 + b"}"),
)

_MAKERS: dict[Callable[[random.Random], bytes], float] = {
    _good: 3,
    _plain: 2,
    _wrong_values: 35,
    _mutated: 30,
    _random_bytes: 12,
    _almost_json: 12,
    _nested: 5,
    _huge: 1,
}
