"""As much of MQTT as it takes to read along and to listen. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

CONNECT, PUBLISH, PUBACK, SUBSCRIBE = 1, 3, 4, 8
_PROTOCOL_LEVEL_AT = 6
MQTT_3_1_1, MQTT_5 = 4, 5


@dataclass(frozen=True, slots=True)
class Packet:
    """One control packet: its type, the four flag bits and everything after the length."""

    type: int
    flags: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Publish:
    """A published message; `packet_id` is None with QoS 0."""

    topic: str
    payload: bytes
    packet_id: int | None
    repeated: bool


class PacketReader:
    """Takes bytes in pieces of any length and gives whole packets."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Packet]:
        """The packets that are complete now."""
        self._buffer += data
        packets = []
        while (packet := self._next()) is not None:
            packets.append(packet)
        return packets

    def _next(self) -> Packet | None:
        if len(self._buffer) < 2:
            return None
        length = _variable_integer(self._buffer, 1)
        if length is None:
            return None
        value, body_at = length
        end = body_at + value
        if len(self._buffer) < end:
            return None
        first, body = self._buffer[0], bytes(self._buffer[body_at:end])
        del self._buffer[:end]
        return Packet(first >> 4, first & 15, body)


def protocol_level(connect: Packet) -> int:
    """4 for MQTT 3.1.1, 5 for MQTT 5."""
    return connect.body[_PROTOCOL_LEVEL_AT]


def read_publish(packet: Packet, level: int) -> Publish:
    """Read a PUBLISH of that protocol level."""
    topic_end = 2 + int.from_bytes(packet.body[:2], "big")
    at, packet_id = topic_end, None
    if packet.flags >> 1 & 3:
        packet_id = int.from_bytes(packet.body[at : at + 2], "big")
        at += 2
    if level == MQTT_5:
        properties = _variable_integer(packet.body, at)
        assert properties is not None, "a complete packet holds its properties"
        at = properties[1] + properties[0]
    topic = packet.body[2:topic_end].decode()
    return Publish(topic, packet.body[at:], packet_id, bool(packet.flags & 8))


def acknowledged_id(packet: Packet) -> int:
    """Which message a PUBACK acknowledges."""
    return int.from_bytes(packet.body[:2], "big")


def connect(client_id: str) -> bytes:
    """CONNECT of MQTT 3.1.1 to a session that the broker keeps, without keep-alive."""
    return _packet(CONNECT, 0, _text("MQTT") + bytes((4, 0, 0, 0)) + _text(client_id))


def subscribe(packet_id: int, topics: Sequence[str]) -> bytes:
    """SUBSCRIBE of MQTT 3.1.1 with QoS 1."""
    wanted = b"".join(_text(topic) + b"\x01" for topic in topics)
    return _packet(SUBSCRIBE, 2, packet_id.to_bytes(2, "big") + wanted)


def puback(packet_id: int) -> bytes:
    """PUBACK of MQTT 3.1.1."""
    return _packet(PUBACK, 0, packet_id.to_bytes(2, "big"))


def _packet(kind: int, flags: int, body: bytes) -> bytes:
    """A packet whose body is short enough for one or two length bytes."""
    low, high = len(body) & 127, len(body) >> 7
    length = bytes((low | 128, high)) if high else bytes((low,))
    return bytes((kind << 4 | flags,)) + length + body


def _text(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded


def _variable_integer(data: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """Its value and where it ends; None when it is not complete."""
    value = 0
    for position in range(4):
        if at + position >= len(data):
            return None
        byte = data[at + position]
        value |= (byte & 127) << (7 * position)
        if byte < 128:
            return value, at + position + 1
    return None
