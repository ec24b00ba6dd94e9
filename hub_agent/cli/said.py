"""How speaking ended, for whoever asked for it on the command line."""

import json
from typing import Any, Final

import typer

from hub_agent.announcement import AnnouncementResult, Outcome
from hub_agent.announcing.outcomes import error_of
from hub_agent.cli.places import STANDARD_OUTPUT
from hub_agent.cli.shell import leave_quietly, talk

READER_GONE: Final = "reader_gone"


def report(result: AnnouncementResult, *, as_json: bool, out: str | None = None) -> None:
    """Print it; raises what it was if it was not spoken. `out`: the file it went to."""
    if result.reason == READER_GONE:
        leave_quietly()
    if as_json:
        typer.echo(json.dumps(_as_json(result)), err=out == STANDARD_OUTPUT)
    error = error_of(result)
    if error is not None:
        raise error
    if not as_json:
        talk(_in_words(result, out))


def _as_json(result: AnnouncementResult) -> dict[str, Any]:
    line = {
        "id": result.id,
        "outcome": result.outcome.value,
        "engine": result.engine,
        "voice": result.voice,
        "ttfa_s": _rounded(result.ttfa_s),
        "audio_s": _rounded(result.audio_s),
        "rtf": _rounded(result.rtf),
    }
    if result.voice_refused is not None:
        line["voice_refused"] = result.voice_refused
    if result.engine_failed is not None:
        line["engine_failed"] = result.engine_failed
    spoken = result.outcome is Outcome.SPOKEN
    return line if spoken else {**line, "reason": result.reason or result.outcome.value}


def _in_words(result: AnnouncementResult, out: str | None) -> str:
    where = f"{out}: " if out and out != STANDARD_OUTPUT else ""
    first = "" if result.ttfa_s is None else f", first sound after {result.ttfa_s * 1000:.0f} ms"
    stand_in = ""
    if result.voice_refused is not None:
        why = result.voice_refused.replace("_", " ")
        stand_in = f"; a stock voice spoke, because of the voice asked for: {why}"
    elif result.engine_failed is not None:
        why = result.engine_failed.replace("_", " ")
        stand_in = f"; another engine went on in the same voice, because {result.engine}: {why}"
    return f"{where}{result.audio_s:.1f} s of speech{first}{stand_in}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
