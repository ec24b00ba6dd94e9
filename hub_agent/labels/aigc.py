"""The field `AIGC` of China's rules for labels in files (GB 45438-2025; TC260-PG-202510A)."""

import json
from collections.abc import Mapping
from typing import Final

from hub_agent.labels.label import Label, shown

FIELD: Final = "AIGC"
"""Name of the RIFF chunk, of the ID3v2 TXXX frame and of the Vorbis comment."""

_MOST_CHARS: Final = 65_536


def aigc_value(label: Label) -> str:
    """The object, as a container keeps it that gives it a name of its own."""
    return _json(_fields(label))


def aigc_document(label: Label) -> str:
    """The object under its name, for a place that is nothing but bytes."""
    return _json({FIELD: _fields(label)})


def parse_aigc(text: str) -> Label | None:
    """The label in a value or a document; None when it is neither."""
    if len(text) > _MOST_CHARS:
        return None
    try:
        found = json.loads(text.strip("\0 \t\r\n"))
    except (ValueError, RecursionError):
        return None
    if isinstance(found, Mapping) and isinstance(found.get(FIELD), Mapping):
        found = found[FIELD]
    if not isinstance(found, Mapping) or "Label" not in found:
        return None
    return Label(
        synthetic=_word(found, "Label"),
        producer=_word(found, "ContentProducer"),
        produce_id=_word(found, "ProduceID"),
        integrity=_word(found, "ReservedCode1"),
    )


def _fields(label: Label) -> dict[str, str]:
    """All seven keys; whoever passes the file on fills the last three."""
    return {
        "Label": label.synthetic,
        "ContentProducer": label.producer,
        "ProduceID": label.produce_id,
        "ReservedCode1": label.integrity,
        "ContentPropagator": "",
        "PropagateID": "",
        "ReservedCode2": "",
    }


def _word(found: Mapping[str, object], key: str) -> str:
    value = found.get(key, "")
    return shown(str(value)) if isinstance(value, str | int) else ""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
