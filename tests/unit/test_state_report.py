"""What integrations write down about the agent."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from hub_agent.state import AgentState, AgentStatus
from hub_agent.state_report import state_fields
from tests.fakes.agent_port import HUB_ID, ScriptedAgentPort
from voices.voice import Voice, VoiceId, VoiceKind

ANNA = Voice(
    id=VoiceId("anna"), name="Anna", languages=("de",), engine="embedded", kind=VoiceKind.FAMILY
)


class Stated(ScriptedAgentPort):
    """An agent whose state is given."""

    def __init__(self, **fields: object) -> None:
        super().__init__()
        self.fields = fields

    def state(self) -> AgentState:
        return replace(super().state(), **self.fields)  # type: ignore[arg-type]  # by name


def test_state_of_an_idle_agent_has_every_field() -> None:
    fields = state_fields(ScriptedAgentPort())
    assert fields["hub_id"] == HUB_ID
    assert fields["rooms"][0] == {"id": "home", "speaking": False, "waiting": 0, "quiet": False}
    nothing = ("voice", "ttfa_ms", "next_greeting", "consent_ends")
    assert [fields[name] for name in nothing] == [None] * len(nothing)
    assert (fields["status"], fields["volume"], fields["vault"]) == ("idle", 100, "none")
    assert (fields["ready"], fields["engines_missing"], fields["integrations"]) == (True, [], {})


def test_values_are_what_json_knows() -> None:
    moment = datetime(2026, 3, 4, 5, 6, 7, 8, tzinfo=UTC)
    agent = Stated(
        status=AgentStatus.SPEAKING,
        voice=ANNA,
        ttfa_s=0.0123,
        consent_ends=moment,
        next_greeting=moment,
        engines_missing=("gpt_sovits",),
    )
    fields = json.loads(json.dumps(state_fields(agent)))
    assert fields["voice"] == {"id": "anna", "name": "Anna"}
    assert (fields["status"], fields["ttfa_ms"]) == ("speaking", 12)
    assert fields["consent_ends"] == "2026-03-04"
    assert fields["next_greeting"] == "2026-03-04T05:06:07+00:00"
    assert fields["engines_missing"] == ["gpt_sovits"]
