"""Settings as plain data, and as YAML for people."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import time
from enum import Enum
from typing import Any, TypeAlias

from pydantic import BaseModel, SecretBytes, SecretStr

from hub_agent.settings.settings import Settings
from hub_agent.settings.shape import fields_of
from hub_agent.settings.yaml_text import to_yaml

MASK = "**********"

_Reveal: TypeAlias = Callable[[SecretStr | SecretBytes], str]


def show(settings: Settings, *, with_secrets: bool = False) -> str:
    """YAML of the effective settings; loading it with secrets gives the same settings again."""
    reveal = _open if with_secrets else _mask
    data = _plain(settings.core, reveal)
    for name, section in settings.integrations.items():
        data[name] = _plain(section, reveal)
    return to_yaml(data)


def plain(value: object) -> Any:
    """A model or one of its values as strings, numbers, lists and dicts; secrets masked."""
    return _plain(value, _mask)


def _plain(value: object, reveal: _Reveal) -> Any:
    if isinstance(value, BaseModel):
        fields = fields_of(type(value)).items()
        names = {id(field): name for name, field in type(value).model_fields.items()}
        return {key: _plain(getattr(value, names[id(field)]), reveal) for key, field in fields}
    if isinstance(value, Mapping):
        return {str(key): _plain(item, reveal) for key, item in value.items()}
    if isinstance(value, list | tuple | AbstractSet):
        return [_plain(item, reveal) for item in value]
    if isinstance(value, SecretStr | SecretBytes):
        return reveal(value)
    return _plain_scalar(value)


def _plain_scalar(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, time):
        return value.isoformat("seconds" if value.second else "minutes")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _mask(_secret: SecretStr | SecretBytes) -> str:
    return MASK


def _open(secret: SecretStr | SecretBytes) -> str:
    value = secret.get_secret_value()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
