from hub_agent.announcing.duplicates import DuplicateGuard


def test_an_id_is_new_once() -> None:
    guard = DuplicateGuard(10)
    assert not guard.seen_id("a")
    assert guard.seen_id("a")
    guard.forget_id("a")
    assert not guard.seen_id("a")


def test_only_so_many_ids_are_remembered() -> None:
    guard = DuplicateGuard(2)
    for name in "abc":
        guard.seen_id(name)
    assert guard.seen_id("b")
    assert guard.seen_id("c")
    assert not guard.seen_id("a")


def test_a_key_cools_down_and_a_dropped_repeat_does_not_prolong_it() -> None:
    guard = DuplicateGuard(10)
    assert not guard.cooling_down("door", 0, 30)
    assert guard.cooling_down("door", 29, 30)
    assert not guard.cooling_down("door", 30, 30)


def test_a_forgotten_key_may_speak_at_once() -> None:
    guard = DuplicateGuard(10)
    guard.cooling_down("door", 0, 30)
    guard.forget_key("door")
    assert not guard.cooling_down("door", 1, 30)
