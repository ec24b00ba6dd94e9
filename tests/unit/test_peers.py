"""Connections whose other end goes without a word, or does not read."""

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from hub_agent.peers import (
    DEAD_AFTER_S,
    KERNEL_BUFFER_BYTES,
    PROBE_AFTER_S,
    PROBE_EVERY_S,
    PROBES,
    hold_back_little,
    notice_lost_peers,
)


@pytest.fixture
def connected() -> Iterator[socket.socket]:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()),
        server.accept()[0] as accepted,
    ):
        yield accepted


def test_little_waits_for_a_peer_that_reads_nothing(connected: socket.socket) -> None:
    hold_back_little(connected)
    connected.setblocking(False)
    kept = connected.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    assert kept <= 2 * KERNEL_BUFFER_BYTES
    with suppress(BlockingIOError):
        assert connected.send(bytes(100 * KERNEL_BUFFER_BYTES)) < 100 * KERNEL_BUFFER_BYTES


def test_a_peer_that_answers_nothing_is_given_up_soon(connected: socket.socket) -> None:
    notice_lost_peers(connected)
    assert connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 1000 * DEAD_AFTER_S
    asked = [
        connected.getsockopt(socket.IPPROTO_TCP, option)
        for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
    ]
    assert asked == [PROBE_AFTER_S, PROBE_EVERY_S, PROBES]
    assert PROBE_AFTER_S + PROBE_EVERY_S * PROBES <= DEAD_AFTER_S


@pytest.mark.parametrize("arrange", [hold_back_little, notice_lost_peers])
def test_a_connection_that_has_closed_is_no_error(
    connected: socket.socket, arrange: Callable[[socket.socket], None]
) -> None:
    connected.close()
    arrange(connected)
