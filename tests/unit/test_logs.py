"""Logs."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from hub_agent.logs import PERSONAL_KEYS, REDACTED, redact, set_up_logs
from hub_agent.settings.models import LogSettings

SECRET = "grandmother's cake"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, raising = list(root.handlers), root.level, logging.raiseExceptions
    yield
    structlog.reset_defaults()
    root.handlers[:], logging.raiseExceptions = handlers, raising
    root.setLevel(level)


class Terminal(io.StringIO):
    """A stream that a person reads."""

    def isatty(self) -> bool:
        return True


class Broken(io.StringIO):
    """A stream whose reader has gone."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError


def fail_with_a_local(text: str) -> None:
    """Break with `text` in a variable."""
    if text:
        raise ZeroDivisionError


def lines_of(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_logs_are_json_lines_when_nobody_watches() -> None:
    out = io.StringIO()
    set_up_logs(LogSettings(), stream=out)
    structlog.get_logger("x").info("announcement finished", announcement="1", ttfa_s=0.31)
    (line,) = lines_of(out)
    assert line["event"] == "announcement finished"
    assert line["level"] == "info"
    assert line["ttfa_s"] == 0.31
    assert str(line["timestamp"]).endswith("Z")


def test_logs_are_for_people_on_a_terminal() -> None:
    out = Terminal()
    set_up_logs(LogSettings(), stream=out, env={})
    structlog.get_logger("x").info("agent ready", rooms=2)
    assert "agent ready" in out.getvalue()
    assert "\x1b[" in out.getvalue()


def test_no_color_is_honoured() -> None:
    out = Terminal()
    set_up_logs(LogSettings(), stream=out, env={"NO_COLOR": "1"})
    structlog.get_logger("x").info("agent ready", rooms=2)
    assert "\x1b[" not in out.getvalue()


def test_level_can_change_while_loggers_exist() -> None:
    out = io.StringIO()
    log = structlog.get_logger("x")
    set_up_logs(LogSettings(level="warning"), stream=out)
    log.info("not shown")
    set_up_logs(LogSettings(level="debug"), stream=out)
    log.debug("shown")
    assert [line["event"] for line in lines_of(out)] == ["shown"]


def test_warnings_of_libraries_come_out_in_our_form_and_their_chatter_not_at_all() -> None:
    out = io.StringIO()
    set_up_logs(LogSettings(level="debug"), stream=out)
    logging.getLogger("library").info("chatter")
    logging.getLogger("library").warning("it is %s", "odd")
    (line,) = lines_of(out)
    assert line["event"] == "it is odd"
    assert line["level"] == "warning"
    assert line["logger"] == "library"


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_tracebacks_show_no_local_variables(stream: type[io.StringIO]) -> None:
    out = stream()
    set_up_logs(LogSettings(), stream=out, env={})
    try:
        fail_with_a_local(SECRET)
    except ZeroDivisionError:
        structlog.get_logger("x").exception("it broke")
    assert "ZeroDivisionError" in out.getvalue()
    assert SECRET not in out.getvalue()


def test_log_that_cannot_be_written_breaks_nothing() -> None:
    set_up_logs(LogSettings(), stream=Broken())
    structlog.get_logger("x").info("lost")
    logging.getLogger("library").warning("lost")


@given(
    st.sampled_from(sorted(PERSONAL_KEYS)),
    st.sampled_from(["", "_"]),
    st.recursive(
        st.just(SECRET), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    ),
)
def test_personal_values_never_come_out(key: str, prefix: str, value: object) -> None:
    name = key if not prefix else ("spoken_" + key if key != "name" else key)
    event = {"event": "x", "outer": {name: value, "list": [{name.upper(): value}]}, name: value}
    shown = json.dumps(redact(None, "info", event))
    assert SECRET not in shown
    assert REDACTED in shown


def test_other_values_stay_as_they_are() -> None:
    event = {"event": "x", "room": "kitchen", "context": "text", "counts": {"a": [1, 2]}}
    assert redact(None, "info", dict(event)) == event
