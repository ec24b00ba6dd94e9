"""What GPT-SoVITS's official server `api_v2.py` is asked, and what its answers mean.

An error before speech is a JSON object with status 400, or 422 for what it cannot parse; one
within is silence at 16 kHz, or an answer that breaks off. Neither text nor paths may be told of
answers: the server repeats them.
"""

import json
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from hub_agent.engines.engine import Prosody
from hub_agent.engines.remote.exchange import Head, Request
from hub_agent.errors import EngineError, RefusedError, UnavailableError
from hub_agent.settings.engines import (
    GptSovitsServerSettings,
    ServerLanguage,
    ServerVoiceSettings,
)
from hub_agent.text.language import base
from hub_agent.text.segment import Segment

WEIGHTS_S: Final = 10.0
"""A server reads weights from its disk in seconds, and answers nobody meanwhile."""

_DENIED: Final = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
)
_CANTONESE: Final = ("yue", "zh-yue", "zh-hk", "zh-mo")
_LANGUAGES: Final[dict[str, ServerLanguage]] = {
    "en": "en",
    "zh": "zh",
    "cmn": "zh",
    "ja": "ja",
    "ko": "ko",
}
_MODES: Final = {"sentences": 1, "balanced": 2, "fastest": 3}
_SEED: Final = 1
"""Any, but always the same: so is then what is said."""
_SLOWEST, _FASTEST = 0.5, 2.0
_BYTES_PER_S: Final = 96_000
"""Of the highest rate that any version of the model has, 48 kHz."""
_MOST_S_PER_CHARACTER: Final = 0.6
"""Twice what a Chinese character takes, the slowest of all."""
_LEAST_LIMIT_S: Final = 3.0
_MOST_JSON_BYTES: Final = 64 * 1024
_FRAGMENT_PAUSE_S: Final = 0.01
"""The least it takes; pauses between segments are ours."""


def language_of(tag: str) -> ServerLanguage:
    """The server's word for a BCP 47 tag. Raises `EngineError`."""
    wanted = tag.lower().replace("_", "-")
    if wanted.startswith(_CANTONESE):
        return "yue"
    found = _LANGUAGES.get(base(wanted))
    if found is None:
        raise EngineError("GPT-SoVITS does not speak this language", reason="language_not_spoken")
    return found


def speech_request(
    segment: Segment,
    prosody: Prosody,
    voice: ServerVoiceSettings,
    settings: GptSovitsServerSettings,
    *,
    reference_language: ServerLanguage,
) -> Request:
    """Say a segment; pitch is the voice's own. Raises `EngineError`."""
    speed = min(max(prosody.rate, _SLOWEST), _FASTEST)
    wanted = {
        "text": segment.text,
        "text_lang": language_of(segment.language),
        "ref_audio_path": voice.reference,
        "aux_ref_audio_paths": voice.more_references,
        "prompt_text": voice.text,
        "prompt_lang": reference_language,
        "text_split_method": "cut0",
        "speed_factor": speed,
        "fragment_interval": _FRAGMENT_PAUSE_S,
        "seed": _SEED,
        "media_type": "wav",
        "streaming_mode": _MODES[settings.streaming],
    }
    limit_s = _LEAST_LIMIT_S + _MOST_S_PER_CHARACTER * len(segment.text) / speed
    return _post(wanted, settings, most_bytes=round(limit_s * _BYTES_PER_S))


def empty_request(settings: GptSovitsServerSettings) -> Request:
    """Say nothing: a server that is well refuses it at once."""
    return _post({}, settings, most_bytes=_MOST_JSON_BYTES)


def weights_requests(
    voice: ServerVoiceSettings, settings: GptSovitsServerSettings
) -> list[Request]:
    """Load the voice's own weights, where it has any."""
    wanted = (
        ("/set_gpt_weights", voice.gpt_weights),
        ("/set_sovits_weights", voice.sovits_weights),
    )
    return [
        Request(
            path=f"{path}?{urlencode({'weights_path': file})}",
            first_s=WEIGHTS_S,
            stall_s=settings.stall_s,
            most_bytes=_MOST_JSON_BYTES,
        )
        for path, file in wanted
        if file is not None
    ]


def require_ok(head: Head) -> None:
    """Raise what an answer means that does not do what was asked."""
    status = head.status
    if status == HTTPStatus.OK:
        return
    if status in _DENIED:
        raise RefusedError(
            "the speech server, or a proxy before it, wants another token",
            hint="hub-agent config show",
            reason="server_denied",
        )
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise EngineError(
            f"the speech server refuses what it is asked (status {status})",
            hint="hub-agent doctor",
            reason="server_refused",
        )
    raise _other_answer(f"is out of order (status {status})")


def require_speech(head: Head) -> None:
    """Like `require_ok`, and raise for anything but sound."""
    require_ok(head)
    if not head.content_type.startswith("audio/"):
        raise _other_answer("answered with something else than speech")


def require_well(head: Head, body: bytes) -> None:
    """Raise unless this is how `api_v2.py` answers `empty_request`."""
    if head.status in _DENIED:
        require_ok(head)
    try:
        answer = json.loads(body) if head.content_type == "application/json" else None
    except ValueError:
        answer = None
    refused = head.status == HTTPStatus.BAD_REQUEST
    if not (refused and isinstance(answer, dict) and "message" in answer):
        raise _other_answer("is none: `api_v2.py` of GPT-SoVITS is needed")


def _other_answer(what: str) -> UnavailableError:
    return UnavailableError(
        f"the speech server {what}", hint="hub-agent doctor", reason="server_answer"
    )


def _post(
    wanted: dict[str, object], settings: GptSovitsServerSettings, *, most_bytes: int
) -> Request:
    return Request(
        path="/tts",
        body=json.dumps(wanted, ensure_ascii=False).encode(),
        first_s=settings.first_audio_s,
        stall_s=settings.stall_s,
        most_bytes=most_bytes,
    )
