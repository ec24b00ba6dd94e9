"""Templates for Home Assistant (Jinja): of what it sends, and of the agent's state."""

import json
from collections.abc import Mapping


def speak_template(room: str | None = None) -> str:
    """A text as a message on `speak`, whatever quotes or signs it has; None: the default room."""
    targets = "" if room is None else f'"targets": {_literal([room])}, '
    return f'{{{targets}"text": {{{{ value | tojson }}}} }}'


def value_of(field: str) -> str:
    """A field of the state; null becomes unknown."""
    return f"{{{{ value_json.{field} }}}}"


def as_json(*fields: str) -> str:
    """Some fields of the state, for attributes."""
    chosen = ", ".join(f"{_literal(field)}: value_json.{field}" for field in fields)
    return f"{{{{ {{ {chosen} }} | tojson }}}}"


def on_off(condition: str) -> str:
    """`ON` where a condition holds."""
    return f"{{{{ 'ON' if {condition} else 'OFF' }}}}"


def looked_up(table: Mapping[str, str], key: str, otherwise: str) -> str:
    """What `table` has under an expression."""
    return f"{{{{ {_literal(table)}.get({key}, {_literal(otherwise)}) }}}}"


def greeting_field(name: str, field: str) -> str:
    """Where the state has a field of a greeting."""
    return f"greetings[{_literal(name)}].{field}"


def _literal(value: object) -> str:
    """JSON of texts, lists and mappings of them is Jinja too."""
    return json.dumps(value, ensure_ascii=False)
