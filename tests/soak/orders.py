"""What is sent during a soak run: drawn once from a seed."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

PACED_ROOM = "hall"
FAST_ROOMS = ("kitchen", "bedroom")
ROOMS = (*FAST_ROOMS, PACED_ROOM)

_TEXTS = ("Yes.", "Dinner.", "The door is open.", "Two minutes left.", "Ah.", "Post is here.")
_SYLLABLES = ("ba", "de", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu")
_PRIORITIES = ("low", "normal", "normal", "normal", "high", "critical")
_INTERRUPTS = ("resume", "restart", "drop")
_STOP_SHARE = 0.03
_KEYS = 12


class Kind(StrEnum):
    """What kind of message it is, and so what must become of it."""

    SPEAK = "speak"
    """JSON with an id that can be spoken: exactly one result."""
    INVALID = "invalid"
    """JSON with an id and a mistake: exactly one result, `rejected`."""
    REPEAT = "repeat"
    """An id that was sent before: `duplicate`."""
    PLAIN = "plain"
    """Plain text: one result under an id that the agent makes up."""
    BROKEN = "broken"
    """No id can be read: one result, `rejected`, under an id that the agent makes up."""
    STOP = "stop"
    """Silence: no result of its own."""


@dataclass(frozen=True, slots=True)
class Order:
    """One message to send; `id` is None where the message has none."""

    kind: Kind
    topic: str
    payload: bytes
    id: str | None = None


def draw_orders(count: int, seed: int, prefix: str) -> list[Order]:
    """`count` announcements of all kinds in random order, with stops strewn in between."""
    rng = random.Random(seed)
    orders: list[Order] = []
    sent: list[str] = []
    for number in range(count):
        orders.append(_draw(rng, f"{prefix}{number:06d}", sent))
        if rng.random() < _STOP_SHARE:
            orders.append(_stop(rng, sent))
    return orders


def ids_of(orders: list[Order]) -> Iterator[str]:
    """Every id that must get a result, once."""
    return (order.id for order in orders if order.id is not None and order.kind is not Kind.REPEAT)


def _draw(rng: random.Random, order_id: str, sent: list[str]) -> Order:
    kind = rng.choices(tuple(_MAKERS), weights=(78, 8, 3, 6, 5))[0]
    if kind is Kind.REPEAT and not sent:
        kind = Kind.SPEAK
    order = _MAKERS[kind](rng, order_id, sent)
    if order.kind is Kind.SPEAK:
        sent.append(order_id)
    return order


def _speak(rng: random.Random, order_id: str, _sent: list[str]) -> Order:
    return Order(Kind.SPEAK, "speak", _json(_fields(rng, order_id)), order_id)


def _invalid(rng: random.Random, order_id: str, _sent: list[str]) -> Order:
    mistake: dict[str, Any] = rng.choice(
        (
            {"volume": 250},
            {"priority": "urgent"},
            {"targets": ["cellar"]},
            {"text": "  "},
            {"voice": "nobody-of-that-name"},
            {"expires_s": -1},
            {"loudness": 3},
        )
    )
    fields = _fields(rng, order_id) | mistake
    fields.pop("dedupe_key", None)
    return Order(Kind.INVALID, "speak", _json(fields), order_id)


def _repeat(rng: random.Random, _order_id: str, sent: list[str]) -> Order:
    earlier = rng.choice(sent[-500:])
    return Order(Kind.REPEAT, "speak", _json({"id": earlier, "text": "Again."}), earlier)


def _plain(_rng: random.Random, order_id: str, _sent: list[str]) -> Order:
    return Order(Kind.PLAIN, "speak", f"Hello {_name(int(order_id[-6:]))}.".encode())


def _name(number: int) -> str:
    """A word for a number: the agent keeps number words it has read, and is to leak nothing."""
    word = ""
    for _ in range(6):
        number, digit = divmod(number, 10)
        word += _SYLLABLES[digit]
    return word


def _broken(rng: random.Random, order_id: str, _sent: list[str]) -> Order:
    """The number makes each unique on the wire although nobody can read an id from it."""
    begin = rng.choice((b'{"text": ', b"\xff\xfe\x00", b'{"id": ', b"{[" * 400))
    return Order(Kind.BROKEN, "speak", begin + order_id[-6:].encode() + b"!")


def _stop(rng: random.Random, sent: list[str]) -> Order:
    recent = sent[-1] if sent else "nothing"
    payload = rng.choice((b"all", _json({"room": rng.choice(ROOMS)}), _json({"id": recent})))
    return Order(Kind.STOP, "stop", payload)


_MAKERS: dict[Kind, Callable[[random.Random, str, list[str]], Order]] = {
    Kind.SPEAK: _speak,
    Kind.INVALID: _invalid,
    Kind.REPEAT: _repeat,
    Kind.PLAIN: _plain,
    Kind.BROKEN: _broken,
}


def _fields(rng: random.Random, order_id: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": order_id,
        "text": rng.choice(_TEXTS),
        "priority": rng.choice(_PRIORITIES),
        "targets": _targets(rng),
    }
    if rng.random() < 0.2:
        fields["expires_s"] = rng.choice((0.02, 0.2, 2.0, 30.0))
    if rng.random() < 0.3:
        fields["interrupt"] = rng.choice(_INTERRUPTS)
    if rng.random() < 0.1:
        fields |= {"dedupe_key": f"key{rng.randrange(_KEYS)}", "cool_down_s": 0.5}
    if rng.random() < 0.1:
        fields["volume"] = rng.randrange(101)
    return fields


def _targets(rng: random.Random) -> list[str]:
    """Mostly the fast rooms; the paced one would otherwise hold up the whole run."""
    draw = rng.random()
    if draw < 0.04:
        return ["all"]
    if draw < 0.12:
        return [PACED_ROOM]
    if draw < 0.2:
        return list(FAST_ROOMS)
    return [rng.choice(FAST_ROOMS)]


def _json(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode()
