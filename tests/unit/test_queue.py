from hypothesis import given
from hypothesis import strategies as st

from hub_agent.announcement import Announcement, Priority
from hub_agent.announcing.announcement_queue import AnnouncementQueue
from hub_agent.announcing.delivery import Delivery
from hub_agent.voicing.speech_source import StockSource
from tests.fakes.engine import FakeEngine
from tests.fakes.marking import UNMARKED

ENGINE = FakeEngine()


def delivery(
    name: str = "a", priority: Priority = Priority.NORMAL, expires_s: float | None = None
) -> Delivery:
    return Delivery(
        announcement=Announcement(text="x", id=name, priority=priority, expires_s=expires_s),
        source=StockSource(ENGINE, ENGINE.voices()[0], UNMARKED),
        language="en",
        accepted_at=0.0,
        room="kitchen",
    )


def names(*deliveries: Delivery | None) -> list[str]:
    return [d.announcement.id for d in deliveries if d is not None]


def test_more_urgent_ones_come_first_and_equals_in_order_of_arrival() -> None:
    queue = AnnouncementQueue(10)
    for name, priority in (("a", 1), ("b", 1), ("c", 3), ("d", 0), ("e", 3)):
        queue.put(delivery(name, Priority(priority)))
    assert names(*(queue.pop(0) for _ in range(6))) == ["c", "e", "a", "b", "d"]


def test_overflow_drops_the_least_important_and_newest() -> None:
    queue = AnnouncementQueue(2)
    assert queue.put(delivery("a", Priority.LOW)) is None
    assert queue.put(delivery("b", Priority.LOW)) is None
    assert names(queue.put(delivery("c", Priority.HIGH))) == ["b"]
    assert names(queue.put(delivery("d", Priority.LOW))) == ["d"]
    assert names(queue.pop(0), queue.pop(0)) == ["c", "a"]


def test_an_expired_one_is_never_popped_but_handed_out_as_expired() -> None:
    queue = AnnouncementQueue(4)
    queue.put(delivery("late", expires_s=5))
    queue.put(delivery("fresh", expires_s=50))
    assert queue.next_expiry() == 5
    assert names(queue.pop(5.0)) == ["fresh"]
    assert names(*queue.expire(5.0)) == ["late"]
    assert queue.next_expiry() is None


def test_an_interrupted_one_returns_to_its_old_place() -> None:
    queue = AnnouncementQueue(4)
    for name in "abc":
        queue.put(delivery(name))
    first = queue.pop(0)
    assert first is not None
    queue.put_back(first)
    assert names(queue.pop(0), queue.pop(0)) == ["a", "b"]


def test_fewer_places_drop_the_least_important() -> None:
    queue = AnnouncementQueue(3)
    for name in "abc":
        queue.put(delivery(name))
    assert names(*queue.resize(1)) == ["c", "b"]
    assert len(queue) == 1


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 3), st.one_of(st.none(), st.floats(0.1, 9))),
        st.tuples(st.sampled_from(["pop", "expire", "back", "drain"]), st.just(0), st.none()),
    ),
    max_size=60,
)


@given(size=st.integers(1, 5), steps=STEPS)
def test_whatever_goes_in_comes_out_exactly_once(
    size: int, steps: list[tuple[str, int, float | None]]
) -> None:
    queue, put, out, held = AnnouncementQueue(size), 0, list[str](), list[Delivery]()
    for now, (step, priority, expires_s) in enumerate(steps):
        if step == "put":
            put += 1
            out += names(queue.put(delivery(str(put), Priority(priority), expires_s)))
        elif step == "pop" and (popped := queue.pop(now)) is not None:
            assert not popped.expired(now)
            held.append(popped)
        elif step == "back" and held:
            queue.put_back(held.pop())
        elif step == "expire":
            out += names(*queue.expire(now))
        elif step == "drain":
            out += names(*queue.drain())
        assert len(queue) <= size + put
    out += names(*held, *queue.drain())
    assert sorted(out) == sorted(str(n) for n in range(1, put + 1))
