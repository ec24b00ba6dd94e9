"""Engines for family voices that cannot be had, and come back."""

from hub_agent.engines.care import EngineCare
from hub_agent.errors import HubAgentError, ModelFileError, UnavailableError
from tests.fakes.clock import FakeClock
from tests.fakes.engine import FakeEngine, registry_of


class Away(FakeEngine):
    """Cannot be loaded while there is an `error`."""

    error: HubAgentError | None = None

    def load(self) -> None:
        super().load()
        if self.error is not None:
            raise self.error


def care_of(engine: Away) -> EngineCare:
    return EngineCare(registry_of(engine), FakeClock())


async def test_engine_that_comes_back_is_no_longer_missing() -> None:
    engine = Away()
    care = care_of(engine)
    engine.error = UnavailableError("away")
    await care.try_to_load(["fake"])
    assert care.missing() == ("fake",)
    await care.look_for_missing()
    assert care.missing() == ("fake",)
    engine.error = None
    await care.look_for_missing()
    assert (care.missing(), care.loaded("fake")) == ((), True)


async def test_what_no_waiting_can_mend_is_not_tried_again() -> None:
    engine = Away()
    care = care_of(engine)
    engine.error = ModelFileError("broken")
    await care.try_to_load(["fake"])
    await care.look_for_missing()
    assert (care.missing(), engine.loads) == (("fake",), 1)
    care.forget_missing()
    assert care.missing() == ()
