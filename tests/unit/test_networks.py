"""Who may connect to what listens."""

import pytest
from pydantic import ValidationError

from hub_agent.networks import HOME_NETWORKS, Networks, permitted
from hub_agent.settings.base import Section


class Listening(Section):
    networks: Networks = HOME_NETWORKS


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "::1",
        "192.168.1.20",
        "172.30.32.2",
        "10.1.2.3",
        "169.254.7.7",
        "fe80::1%eth0",
        "fd12:3456::1",
        "::ffff:192.168.1.20",
    ],
)
def test_whoever_is_at_home_may_connect(address: str) -> None:
    assert permitted(address, HOME_NETWORKS)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "172.32.0.1", "2001:db8::1", "::ffff:8.8.8.8", "100.64.0.1", "", "somewhere", "1"],
)
def test_nobody_else_may_connect(address: str) -> None:
    assert not permitted(address, HOME_NETWORKS)


def test_no_network_means_nobody() -> None:
    assert not permitted("127.0.0.1", Listening(networks=()).networks)


def test_a_single_address_and_one_inside_a_network_are_networks() -> None:
    networks = Listening(networks=("203.0.113.7", "198.51.100.9/24")).networks
    assert networks == ("203.0.113.7/32", "198.51.100.0/24")
    assert permitted("198.51.100.77", networks)
    assert not permitted("203.0.113.8", networks)


@pytest.mark.parametrize("written", ["home", "192.168.1.0/33", "192.168.1", "", "fe80::1%eth0/64"])
def test_what_is_no_network_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match="is no network"):
        Listening(networks=(written,))
