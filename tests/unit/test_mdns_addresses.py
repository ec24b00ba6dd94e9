"""Where something that listens can be reached, and what may be announced of it."""

import ifaddr
import pytest
from pydantic import ValidationError

from integrations.mdns.addresses import home_addresses, reachable
from integrations.mdns.settings import MdnsSettings

HOME = ("192.168.1.5", "10.0.0.7", "fd00::5")


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("0.0.0.0", ("192.168.1.5", "10.0.0.7")),
        ("::", ("fd00::5",)),
        ("10.0.0.7", ("10.0.0.7",)),
        ("127.0.0.1", ()),
        ("::1", ()),
        ("localhost", ()),
        ("192.168.1.77", ()),
    ],
)
def test_a_service_is_reached_where_it_is_bound(host: str, found: tuple[str, ...]) -> None:
    assert reachable(host, HOME) == found


def test_neither_loopback_nor_containers_nor_tunnels_are_the_home(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    addresses: dict[str, list[str | tuple[str, int, int]]] = {
        "lo": ["127.0.0.1", ("::1", 0, 0)],
        "docker0": ["172.17.0.1"],
        "br-0123456789ab": ["172.18.0.1"],
        "wg0": ["10.9.0.1"],
        "eth0": [("fd00::5", 0, 0), ("fe80::5", 0, 2), "192.168.1.5"],
        "br0": ["192.168.2.5"],
    }
    adapters = [
        ifaddr.Adapter(name, name, [ifaddr.IP(ip, 24, name) for ip in ips])
        for name, ips in addresses.items()
    ]
    monkeypatch.setattr(ifaddr, "get_adapters", lambda: adapters)
    assert home_addresses() == ("192.168.1.5", "192.168.2.5", "fd00::5")


@pytest.mark.parametrize("name", ["", "a.b", "x" * 49, "ä" * 25, "a\x00"])
def test_what_no_service_can_be_called_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        MdnsSettings(name=name)
