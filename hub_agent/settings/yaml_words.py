"""What the YAML scanner complains about, in plain words and without the text it stumbled over."""

_WORDS = (
    ("tab character", "a tab where only spaces may indent", "use spaces"),
    ("mapping values are not allowed", "a colon where no key can be", "quote text with ': ' in it"),
    ("could not find expected ':'", "a line without a colon after its key", "key: value"),
    ("unexpected end of stream", "a quotation mark that is never closed", "close it"),
    ("document indicator", "a quotation mark that is never closed", "close it"),
    ("',' or ']'", "a list in [ ] that is never closed, or lacks a comma", "[a, b]"),
    ("',' or '}'", "a section in { } that is never closed, or lacks a comma", "{a: 1, b: 2}"),
    ("'-' indicator", "a key between the items of a list", "indent it like its neighbours"),
    ("expected key", "a line that is indented unlike its neighbours", "line keys up"),
    ("<block end>", "a line that is indented unlike its neighbours", "line keys up"),
    ("node content", "a bracket or comma without a value before it", "quote text with brackets"),
    ("unknown escape", "a backslash in double quotes that means nothing", "use single quotes"),
    ("hexadecimal", "a backslash in double quotes that means nothing", "use single quotes"),
    ("tag", "text that begins with '!', which is a YAML tag", "put it in quotes"),
    ("alphabetic or numeric", "text that begins with '*' or '&'", "put it in quotes"),
    ("block scalar", "something after '|' or '>'", "begin the text on the next line"),
    ("comment or line break", "something after '|' or '>'", "begin the text on the next line"),
    ("incompatible YAML", "a YAML version that is not 1.1 or 1.2", "remove the line"),
)


def explain(complaint: str, text: str, offset: int) -> tuple[str, str]:
    """Message and suggestion for a scanner's complaint at an offset of the text."""
    if "cannot start any token" in complaint:
        return _bad_start(text[offset : offset + 1])
    for part, message, suggestion in _WORDS:
        if part in complaint:
            return message, suggestion
    return "not valid YAML", "check quotes, brackets and indentation"


def _bad_start(character: str) -> tuple[str, str]:
    if character == "\t":
        return "a tab where only spaces may indent", "use spaces"
    return "text that begins with a character YAML keeps for itself", "put it in quotes"
