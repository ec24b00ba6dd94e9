"""Plain data as YAML that `yaml_source` reads back unchanged. The only writer of YAML."""

import yaml

from hub_agent.settings.scalars import resolve

_WIDTH = 4096
"""Wide enough that no value is folded over several lines."""


def to_yaml(data: object) -> str:
    """Strings, numbers, switches, None, lists and dicts as YAML, keys in their order."""
    return yaml.dump(
        data,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=_WIDTH,
    )


def to_flow(data: object) -> str:
    """The same on one line: `[a, b]`, `{key: value}`."""
    text = yaml.dump(
        data,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=True,
        width=_WIDTH,
    )
    return text.removesuffix("\n").removesuffix("\n...")


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the base class's signature
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if resolve(text) == text else "'"
    if not text.isprintable():
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
