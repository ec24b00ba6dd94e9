"""Adding integrations, by hand or as discovered, as the dialogues of the user interface do it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.home_assistant.client import Client

Step = dict[str, Any]
_FLOWS: Final = "/api/config/config_entries/flow"
_MOST_STEPS: Final = 10


class FlowError(RuntimeError):
    """A flow that did not end with an entry; the message holds its last step."""


async def add(client: Client, domain: str, answers: Mapping[str, Any] | None = None) -> Step:
    """Add an integration; `answers` by field, everything else as the form suggests it."""
    return await _finish(client, await start(client, domain), answers or {})


async def start(client: Client, domain: str) -> Step:
    """The first step of adding an integration by hand."""
    return await _post(client, _FLOWS, {"handler": domain, "show_advanced_options": False})


async def discovered(client: Client, domain: str) -> list[Step]:
    """What was discovered and waits for the user to say yes."""
    flows = await client.socket.command("config_entries/flow/progress")
    return [flow for flow in flows if flow["handler"] == domain]


async def confirm(client: Client, flow: Step, answers: Mapping[str, Any] | None = None) -> Step:
    """Say yes to what was discovered."""
    step = await client.rest.get(f"{_FLOWS}/{flow['flow_id']}")
    return await _finish(client, step, answers or {})


async def answer(client: Client, step: Step, answers: Mapping[str, Any]) -> Step:
    """The step after this one."""
    if step["type"] == "menu":
        body = {"next_step_id": answers["next_step_id"]}
    else:
        body = filled(step["data_schema"] or (), answers)
    return await _post(client, f"{_FLOWS}/{step['flow_id']}", body)


def filled(fields: Sequence[Mapping[str, Any]], answers: Mapping[str, Any]) -> dict[str, Any]:
    """A form as the user sends it: her answers, else what stands there, sections included."""
    form: dict[str, Any] = {}
    for field in fields:
        name = field["name"]
        if name in answers:
            form[name] = answers[name]
        elif field.get("type") == "expandable":
            form[name] = filled(field["schema"], answers)
        elif "default" in field:
            form[name] = field["default"]
        elif field.get("required"):
            form[name] = _untouched(field["selector"])
    return form


def _untouched(selector: Mapping[str, Any]) -> object:
    """What a switch or a choice without a default shows before the user touches it."""
    return selector["select"]["options"][0] if "select" in selector else False


async def _finish(client: Client, step: Step, answers: Mapping[str, Any]) -> Step:
    for _ in range(_MOST_STEPS):
        if step["type"] == "create_entry":
            return step
        if step["type"] not in ("form", "menu") or step.get("errors"):
            break
        step = await answer(client, step, answers)
    raise FlowError(f"no entry came of it: {step}")


async def _post(client: Client, path: str, body: Mapping[str, Any]) -> Step:
    step: Step = await client.rest.post(path, body)
    return step
