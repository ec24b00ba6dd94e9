"""What a broker means when it refuses or drops us, and what to do about it. Pure.

Codes are MQTT 5 reason codes; the small ones are the return codes of 3.1.1.
"""

from hub_agent.errors import BrokerError, RefusedError

_WRONG_VERSION = frozenset({1, 132})
_WRONG_CREDENTIALS = frozenset({4, 5, 134, 135})
_WRONG_CLIENT_ID = frozenset({2, 133})
NO_ANSWER = "closed without an answer"
_NO_ANSWER_AT_ALL = "Operation timed out"
_BANNED = 138
_TAKEN_OVER = 142


class WrongProtocolError(BrokerError):
    """The broker does not take this protocol version."""

    reason = "protocol_refused"
    certain = True


class NoAnswerError(WrongProtocolError):
    """The broker did not answer: perhaps because of the protocol version."""

    reason = "no_answer"
    certain = False


def refusal_by_code(code: int) -> BrokerError | RefusedError:
    """Why the broker answered a connection attempt with this code."""
    if code in _WRONG_VERSION:
        return WrongProtocolError("the broker does not know this MQTT version")
    if code in _WRONG_CREDENTIALS:
        return RefusedError(
            "the broker refused user name or password",
            hint="check mqtt.username and mqtt.password_file",
            reason="credentials_refused",
        )
    if code in _WRONG_CLIENT_ID:
        return RefusedError(
            "the broker refused our client id", hint="set mqtt.client_id", reason="id_refused"
        )
    if code == _BANNED:
        return RefusedError("the broker has banned us", hint="look into its log", reason="banned")
    return BrokerError(f"the broker refused the connection (code {code})")


def refusal_by_message(what: str) -> BrokerError | RefusedError:
    """Why an attempt failed before the broker answered, from the client's own words."""
    if "CERTIFICATE_VERIFY_FAILED" in what:
        return RefusedError(
            "the broker's certificate cannot be trusted",
            hint="set mqtt.tls.ca_file, or mqtt.host to the name in the certificate",
            reason="certificate_untrusted",
        )
    if what in {NO_ANSWER, _NO_ANSWER_AT_ALL}:
        return NoAnswerError("the broker does not answer", hint="is this its MQTT port?")
    return BrokerError(f"cannot connect: {what}", hint="is the broker running there?")


def loss_by_code(code: int) -> BrokerError | RefusedError:
    """Why the broker ended an open connection."""
    if code == _TAKEN_OVER:
        return RefusedError(
            "another program connected with our client id",
            hint="give each agent its own agent_id or mqtt.client_id",
            reason="taken_over",
        )
    return BrokerError(
        "the connection was closed",
        hint="if it happens again and again: does another program use our client id?",
    )
