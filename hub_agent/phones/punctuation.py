"""The six marks that the models know, and how others come to them."""

import re

from hub_agent.phones.symbols import PUNCTUATION

_TO_MARK = str.maketrans(
    {
        **dict.fromkeys("：；，、·﹐﹑‚;:，､", ","),
        **dict.fromkeys("。．｡\n", "."),
        **dict.fromkeys("！﹗¡", "!"),
        **dict.fromkeys("？﹖؟¿", "?"),
        **dict.fromkeys("—–―−", "-"),
        **dict.fromkeys("~～〜⋯", "…"),
    }
)
_MARK = f"[{re.escape(PUNCTUATION)}]"
_RUN = re.compile(f"({_MARK}){_MARK}+")


def mapped(text: str) -> str:
    """The text with the marks of other scripts replaced by those the models know."""
    return text.translate(_TO_MARK)


def collapsed(text: str) -> str:
    """Of marks that follow each other the first: more of them leak the reference's sound."""
    return _RUN.sub(r"\1", text)
