"""Which host names and pages a request may come with."""

import socket

import pytest

from integrations.web.hosts import host_allowed, origin_allowed


@pytest.mark.parametrize(
    ("header", "allowed"),
    [
        ("localhost", True),
        ("LOCALHOST:8731", True),
        ("127.0.0.1:8731", True),
        ("[::1]:8731", True),
        ("192.168.1.7", True),
        ("hub.example:8731", True),
        ("hub-agent:8731", True),
        ("my_hub.local.", True),
        ("hub.home.arpa", True),
        (f"{socket.gethostname()}.local:8731", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("local", True),
        (".local", False),
        ("evil.example/.local", False),
        ("ĺocal.local", False),
        ("", False),
        ("[", False),
    ],
)
def test_only_addresses_and_names_of_this_home_are_meant_for_us(
    header: str, *, allowed: bool
) -> None:
    assert host_allowed(header, "hub.example") is allowed


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("http://hub.local:8731", True),
        ("http://hub.local", False),
        ("https://evil.example", False),
        ("null", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_only_pages_of_the_same_host_may_ask(origin: str | None, *, allowed: bool) -> None:
    assert origin_allowed(origin, "hub.local:8731") is allowed
