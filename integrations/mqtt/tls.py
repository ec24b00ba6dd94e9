"""The TLS context for the broker."""

import ssl

from hub_agent.errors import SettingsError
from integrations.mqtt.settings import MqttTlsSettings


def tls_context(settings: MqttTlsSettings) -> ssl.SSLContext:
    """A context that checks the broker's name and authority; reads files, so not on the loop."""
    context = _trusting(settings)
    if settings.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.cert_file is not None:
        _identify(context, settings)
    return context


def _trusting(settings: MqttTlsSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise SettingsError(
            f"MQTT: the authority in {settings.ca_file} cannot be used",
            hint="mqtt.tls.ca_file must be a readable PEM file",
        ) from error


def _identify(context: ssl.SSLContext, settings: MqttTlsSettings) -> None:
    try:
        # An empty password: an encrypted key is an error instead of a question on the terminal.
        context.load_cert_chain(str(settings.cert_file), settings.key_file, password="")
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"MQTT: the client certificate in {settings.cert_file} cannot be used",
            hint="mqtt.tls.cert_file and key_file must be readable, unencrypted and a pair",
        ) from error
