"""How commands end."""

import pytest
import typer

from hub_agent.cli.shell import errors_shown
from hub_agent.errors import HubAgentError, NotFoundError, SettingsError


def code_of(error: BaseException) -> int:
    with pytest.raises(typer.Exit) as caught, errors_shown():
        raise error
    return int(caught.value.exit_code)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (HubAgentError("it failed"), 1),
        (NotFoundError("it is not there"), 66),
        (SettingsError("it is wrong"), 78),
    ],
)
def test_error_is_two_lines_and_its_exit_code(
    error: HubAgentError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    error.hint = "do that"
    assert code_of(error) == code
    assert capsys.readouterr() == ("", f"error: {error}\nhint: do that\n")


def test_bug_is_told_without_its_words_and_how_to_see_more(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUB_AGENT_DEBUG", raising=False)
    assert code_of(ZeroDivisionError("private words")) == 70
    shown = capsys.readouterr().err
    assert shown.startswith(
        "error: internal error (ZeroDivisionError)\nhint: set HUB_AGENT_DEBUG=1"
    )
    assert "private" not in shown


def test_debug_shows_where_it_broke(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_AGENT_DEBUG", "1")
    assert code_of(ZeroDivisionError()) == 70
    assert "Traceback" in capsys.readouterr().err


def test_interrupt_ends_with_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == ""


def test_success_is_left_alone() -> None:
    with errors_shown():
        done = True
    assert done
