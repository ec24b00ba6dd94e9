"""The command `say`."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from pydantic import ValidationError

from hub_agent.announcement import (
    MAX_TEXT_CHARS,
    AnnouncementResult,
    Outcome,
)
from hub_agent.cli.places import InRooms, IntoSink, Place, place_of
from hub_agent.cli.quiet import log_only_errors
from hub_agent.cli.said import report
from hub_agent.cli.speakers import AloneHere, Speaker, alone, running_agent_or_alone
from hub_agent.cli.stdin_text import StandardInput
from hub_agent.control.messages import SayRequest
from hub_agent.errors import HubAgentError, InvalidAnnouncementError, UsageError
from hub_agent.paths import data_folder
from hub_agent.settings.load import load_settings
from hub_agent.settings.settings import Settings

STANDARD_INPUT: Final = "-"
MakeRequest: TypeAlias = Callable[[str], SayRequest]


@dataclass(frozen=True, slots=True, kw_only=True)
class SayOptions:
    """The command line of `say`."""

    text: str
    voice: str | None = None
    engine: str | None = None
    language: str | None = None
    purpose: str = "announcements"
    stock_fallback: bool | None = None
    audible_label: str = "none"
    priority: str = "normal"
    rooms: tuple[str, ...] = ()
    sink: str | None = None
    out: str | None = None
    c2pa: bool = False
    sample_rate: int | None = None
    as_json: bool = False
    config: Path | None = None


def say(options: SayOptions) -> None:
    """Speak and report; the exit code tells how it ended."""
    log_only_errors()
    settings = load_settings(options.config, env=os.environ)
    place = place_of(
        settings.core,
        rooms=options.rooms,
        sink=options.sink,
        out=options.out,
        sample_rate=options.sample_rate,
        c2pa=options.c2pa,
    )
    if options.text == STANDARD_INPUT:
        work = _say_input(options, settings, place)
    else:
        work = _say_text(_request(options, options.text, place), settings, place)
    try:
        result = asyncio.run(_ending_on_request(work))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    report(result, as_json=options.as_json, out=options.out)


async def _ending_on_request(
    work: Coroutine[Any, Any, AnnouncementResult],
) -> AnnouncementResult:
    """Whoever asks this process to end gets what Ctrl-C gives: nothing half done is left."""
    task = asyncio.current_task()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if task is not None and signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return await work


async def _say_text(request: SayRequest, settings: Settings, place: Place) -> AnnouncementResult:
    data_dir = data_folder(settings.core.data_dir)
    async with running_agent_or_alone(settings, data_dir, _rooms(place)) as speaker:
        if isinstance(place, IntoSink):
            return await speaker.into_sink(request, place)
        return await speaker.in_rooms(request)


async def _say_input(options: SayOptions, settings: Settings, place: Place) -> AnnouncementResult:
    text = StandardInput()
    data_dir = data_folder(settings.core.data_dir)

    def request(part: str) -> SayRequest:
        return _request(options, part, place)

    if isinstance(place, IntoSink):
        work = _as_it_comes(text, request, alone(settings, data_dir, None), place)
    else:
        speaker = running_agent_or_alone(settings, data_dir, place.names)
        work = _in_batches(text, request, speaker)
    return await _closing_on_interrupt(work, text)


async def _as_it_comes(
    text: StandardInput,
    request: MakeRequest,
    speaking: AbstractAsyncContextManager[AloneHere],
    place: IntoSink,
) -> AnnouncementResult:
    beginning, pieces = await asyncio.to_thread(text.pieces)
    async with speaking as speaker:
        return await speaker.into_sink(request(beginning), place, pieces)


async def _in_batches(
    text: StandardInput, request: MakeRequest, speaking: AbstractAsyncContextManager[Speaker]
) -> AnnouncementResult:
    results: list[AnnouncementResult] = []
    async with speaking as speaker:
        async for batch in text.batches():
            results.append(await speaker.in_rooms(request(batch)))
            if results[-1].outcome is not Outcome.SPOKEN:
                break
    return joined(results)


async def _closing_on_interrupt(
    work: Coroutine[Any, Any, AnnouncementResult], text: StandardInput
) -> AnnouncementResult:
    """Let go of the input before the work is cancelled, which waits for its reader."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work, name="say")
        try:
            await asyncio.wait({task})
        finally:
            text.close()
    return task.result()


def joined(results: Sequence[AnnouncementResult]) -> AnnouncementResult:
    """The one result of a text that was spoken in several announcements.

    The outcome is the last one's, the time to first audio the first one's.
    """
    audio_s = sum(result.audio_s for result in results)
    work_s = sum((result.rtf or 0.0) * result.audio_s for result in results)
    return replace(
        results[-1],
        id=results[0].id,
        ttfa_s=results[0].ttfa_s,
        audio_s=audio_s,
        rtf=work_s / audio_s if audio_s else None,
    )


def _request(options: SayOptions, text: str, place: Place) -> SayRequest:
    if not text.strip():
        raise InvalidAnnouncementError("there is nothing to say", hint="hub-agent say hello")
    try:
        return SayRequest.model_validate(
            {
                "text": text,
                "voice": options.voice,
                "engine": options.engine,
                "language": options.language,
                "purpose": options.purpose,
                "stock_fallback": options.stock_fallback,
                "audible_label": options.audible_label,
                "priority": options.priority,
                "rooms": place.names if isinstance(place, InRooms) else (),
            }
        )
    except ValidationError as error:
        raise _refused({str(found["loc"][0]) for found in error.errors()}) from None


def _refused(fields: set[str]) -> HubAgentError:
    if fields == {"text"}:
        return InvalidAnnouncementError(
            "the text is too long or no proper text",
            hint=f"at most {MAX_TEXT_CHARS} characters; longer ones go to standard input: say -",
            reason="bad_text",
        )
    wrong = ", ".join(f"--{name.replace('_', '-')}" for name in sorted(fields - {"text"}))
    return UsageError(f"{wrong} cannot be used", hint="hub-agent say --help")


def _rooms(place: Place) -> tuple[str, ...] | None:
    return place.names if isinstance(place, InRooms) else None
