"""Who may speak, and when."""

import asyncio

import pytest

from hub_agent.errors import UnavailableError
from integrations.wyoming.turns import MOST_AT_LEISURE, MOST_AT_ONCE, MOST_OF_ONE_ADDRESS, Turns


class Speaker:
    """Speaks from its turn on until it is let go."""

    def __init__(self, group: asyncio.TaskGroup, turns: Turns, address: str) -> None:
        self.speaks = False
        self.passes_on = asyncio.Event()
        self._enough = asyncio.Event()
        self._task = group.create_task(self._speak(turns, address))

    def leave(self) -> None:
        self._enough.set()

    async def _speak(self, turns: Turns, address: str) -> None:
        async with turns.turn(address) as turn:
            self.speaks = True
            if self.passes_on.is_set():
                turn.pass_on()
            await self._enough.wait()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_one_address_leaves_the_others_half() -> None:
    turns = Turns()
    async with asyncio.TaskGroup() as group:
        greedy = [Speaker(group, turns, "a") for _ in range(40)]
        await settle()
        other = Speaker(group, turns, "b")
        await settle()
        assert sum(each.speaks for each in greedy) == MOST_OF_ONE_ADDRESS < MOST_AT_ONCE
        assert other.speaks
        for each in (*greedy, other):
            each.leave()


async def test_turns_are_given_in_the_order_they_were_asked_for() -> None:
    turns = Turns()
    async with asyncio.TaskGroup() as group:
        speakers = [Speaker(group, turns, "a") for _ in range(MOST_OF_ONE_ADDRESS + 3)]
        for place in range(len(speakers)):
            await settle()
            assert sum(each.speaks for each in speakers) == min(
                MOST_OF_ONE_ADDRESS + place, len(speakers)
            )
            assert all(each.speaks for each in speakers[: MOST_OF_ONE_ADDRESS + place])
            speakers[place].leave()


async def test_who_reads_slowly_lets_others_speak_up_to_a_bound() -> None:
    turns = Turns()
    async with asyncio.TaskGroup() as group:
        slow = [Speaker(group, turns, "a") for _ in range(200)]
        for each in slow:
            each.passes_on.set()
        await settle()
        for _ in range(200):
            await asyncio.sleep(0)
        assert sum(each.speaks for each in slow) == MOST_AT_LEISURE + MOST_OF_ONE_ADDRESS
        for each in slow:
            each.leave()
    assert turns.at_leisure == 0


async def test_who_waits_too_long_is_told_that_all_are_busy() -> None:
    turns = Turns(wait_s=0.01)
    async with asyncio.TaskGroup() as group:
        speakers = [Speaker(group, turns, "a") for _ in range(MOST_OF_ONE_ADDRESS)]
        await settle()
        with pytest.raises(UnavailableError) as caught:
            async with turns.turn("a"):
                raise AssertionError
        assert caught.value.reason == "busy"
        for each in speakers:
            each.leave()
    async with turns.turn("a"):
        """There is room again."""
