from hub_agent.exchange import Exchange, NetworkService
from hub_agent.listeners import Listeners

WEB = NetworkService(type="_hub-agent._tcp", port=8731)


def test_what_is_offered_is_found_by_its_kind_until_it_is_taken_back() -> None:
    exchange = Exchange()
    take_back = exchange.offer(WEB)
    exchange.offer("something else")
    assert exchange.offered(NetworkService) == (WEB,)
    take_back()
    take_back()
    assert exchange.offered(NetworkService) == ()
    assert exchange.offered(str) == ("something else",)


def test_two_equal_offers_are_two() -> None:
    exchange = Exchange()
    first = exchange.offer(NetworkService(type="_x._tcp", port=1))
    exchange.offer(NetworkService(type="_x._tcp", port=1))
    first()
    first()
    assert len(exchange.offered(NetworkService)) == 1


def test_every_change_is_told_until_nobody_listens() -> None:
    exchange, told = Exchange(), []
    stop = exchange.watch(lambda: told.append(len(exchange.offered(NetworkService))))
    take_back = exchange.offer(WEB)
    take_back()
    take_back()
    stop()
    exchange.offer(WEB)
    assert told == [1, 0]


def test_a_listener_that_fails_or_leaves_disturbs_nobody() -> None:
    listeners: Listeners[[str]] = Listeners()
    heard: list[str] = []

    def fails(_word: str) -> None:
        raise ZeroDivisionError

    leave = listeners.add(fails)
    listeners.add(heard.append)
    listeners.tell("a")
    leave()
    leave()
    listeners.tell("b")
    assert heard == ["a", "b"]
