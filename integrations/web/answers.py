"""Answers in JSON, and errors as answers."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from hub_agent.errors import ExitCode, HubAgentError
from voices.errors import VoicesError

STATUS_OF_EXIT_CODE: Final = {
    ExitCode.USAGE: 400,
    ExitCode.BAD_DATA: 400,
    ExitCode.NOT_FOUND: 404,
    ExitCode.UNAVAILABLE: 503,
    ExitCode.NOT_PERMITTED: 403,
}
STATUS_OF_REASON: Final = {
    "bad_token": 401,
    "too_large": 413,
    "not_json": 415,
    "wrong_host": 421,
    "too_many_tries": 429,
    "shutting_down": 503,
    "duplicate_id": 409,
    "unknown_voice": 404,
    "unknown_engine": 404,
    "unknown_language": 404,
    "vault_damaged": 500,
}
REASON_OF_STATUS: Final = {
    404: ("no_such_page", "there is no such page"),
    405: ("wrong_method", "this page does not take that method"),
    413: ("too_large", "the request is too large"),
}


def json_answer(body: Mapping[str, Any], *, status: int = 200) -> web.Response:
    """An answer with a JSON object."""
    return web.json_response(body, status=status)


def error_answer(error: HubAgentError | VoicesError) -> web.Response:
    """The answer that tells an error; 500 for one that is nobody's fault outside."""
    by_code = STATUS_OF_EXIT_CODE.get(ExitCode(error.exit_code), 500)
    status = STATUS_OF_REASON.get(error.reason, by_code)
    return _error(status, error.reason, str(error), error.hint)


def http_error_answer(error: web.HTTPException) -> web.Response:
    """The answer for what the HTTP library itself refuses."""
    reason, message = REASON_OF_STATUS.get(error.status, ("refused", "the request is refused"))
    answer = _error(error.status, reason, message, None)
    if "Allow" in error.headers:
        answer.headers["Allow"] = error.headers["Allow"]
    return answer


def broken_answer() -> web.Response:
    """The answer when a handler broke; its log line says how."""
    return _error(500, "internal", "internal error of the agent", "see its log")


def _error(status: int, reason: str, message: str, hint: str | None) -> web.Response:
    error = {"reason": reason, "message": message, "hint": hint}
    answer = json_answer({"error": error}, status=status)
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503):
        answer.headers["Retry-After"] = "1"
    return answer
