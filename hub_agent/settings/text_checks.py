"""Bytes and text that YAML must not contain, found before the YAML reader sees them."""

import re

# Also U+0085, U+2028 and U+2029: line ends to YAML, but not to the editor that shows a comment.
_CONTROL = re.compile(
    r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


def control_character(text: str) -> tuple[int, str] | None:
    """Offset and name (`U+0000`) of the first character that does not belong into YAML."""
    found = _CONTROL.search(text)
    return (found.start(), f"U+{ord(found.group()):04X}") if found else None


def decode(data: bytes) -> tuple[str, tuple[int, str] | None]:
    """UTF-8 text without byte-order mark; and, if it is not UTF-8, up to where and why not."""
    if data.startswith(_UTF16_BOMS):
        return "", (0, "is UTF-16")
    body = data.removeprefix(_UTF8_BOM)
    try:
        return body.decode("utf-8"), None
    except UnicodeDecodeError as error:
        start = error.start
    text = body[:start].decode("utf-8")
    return text, (len(text), "is not UTF-8 here")
