"""What may be written for a key, in words: for problems and for the reference table."""

from hub_agent.settings.shape import Kind, Shape, expected_words, lengths, limits, words

_NOUNS = {
    Kind.TEXT: "text",
    Kind.PATH: "path",
    Kind.HIDDEN: "secret text",
    Kind.INTEGER: "whole number",
    Kind.NUMBER: "number",
    Kind.SWITCH: "true or false",
    Kind.LIST: "list",
    Kind.DICT: "section",
    Kind.SECTION: "section",
    Kind.TAGGED: "section",
}


def noun(shape: Shape) -> str:
    """What the value should be, in a word or two."""
    return _NOUNS.get(shape.kind, "value")


def expectation(shape: Shape) -> str:
    """What may be written, with the range or the choices."""
    own = expected_words(shape)
    if own is not None:
        return own
    if shape.kind is Kind.WORD:
        return ("one of: " if len(words(shape)) > 1 else "") + ", ".join(words(shape))
    if shape.kind in (Kind.INTEGER, Kind.NUMBER):
        return f"{noun(shape)}{_range(shape)}"
    if shape.kind is Kind.LIST:
        return _list(shape)
    if shape.kind in (Kind.SECTION, Kind.TAGGED, Kind.DICT):
        return "a section with keys below it" + _counts(shape)
    return noun(shape)


def number(value: float) -> str:
    """A bound as people write it."""
    return str(int(value)) if float(value).is_integer() else str(value)


def _list(shape: Shape) -> str:
    inner = shape.child(0)
    if inner.kind is Kind.WORD:
        return "list of: " + ", ".join(words(inner))
    return "a list, each item after '- '" + _counts(shape)


def _counts(shape: Shape) -> str:
    bounds = lengths(shape)
    least = "" if bounds.least is None else f", at least {number(bounds.least)}"
    most = "" if bounds.most is None else f", at most {number(bounds.most)}"
    return least + most


def _range(shape: Shape) -> str:
    bounds = limits(shape)
    if bounds.least is None:
        return "" if bounds.most is None else f" up to {number(bounds.most)}"
    above = "above" if bounds.least_excluded else "from"
    most = "" if bounds.most is None else f" to {number(bounds.most)}"
    return f" {above} {number(bounds.least)}{most}"
