"""German."""

import re

from hub_agent.text import canonical, numbers
from hub_agent.text import german_ordinals as ordinals
from hub_agent.text import german_words as words
from hub_agent.text.rules import (
    MINUS,
    NUMBER,
    VERSION,
    Language,
    Rule,
    alternatives,
    always,
    follows_digit,
    is_one,
)

_SPACED = alternatives(words.SPACED_UNITS)
_UNITS = alternatives(set(words.UNITS) - words.SPACED_UNITS)
_ALL_UNITS = alternatives(words.UNITS)
_MONEY = alternatives(words.CURRENCIES)
_MAGNITUDES = alternatives(words.MAGNITUDES)
_MONTH = rf"(?:{'|'.join(words.MONTHS)}|(?:{alternatives(words.SHORT_MONTHS)})\b\.?)"
_SHORT = words.ABBREVIATIONS | words.CLOSING_ABBREVIATIONS

SHORT = re.compile(rf"(?<![\w.])({alternatives(_SHORT)})(?!\w)")
WEEKDAY = re.compile(rf"(?<![\w.])({alternatives(words.WEEKDAYS)})(?=,? ?(?:den |dem )?\d)")
FRAU = re.compile(r"(?<![\w.])Fr\.(?= [A-ZÄÖÜ])")
STREET = re.compile(r"(?<=[a-zäöüß])str\.(?!\w)")
DAY_RANGE = re.compile(r"(?<=\d\.) ?[-–] ?(?=\d{1,2}\.)")
DATE = re.compile(
    r"(?<![\w.,:−-])(\d{1,2})\. ?(\d{1,2})\.(?: ?(\d{4}|\d\d(?!\d|[.:,]\d| ?Uhr)))?(?!\d)"
)
ISO = re.compile(
    r"(?<![\d-])(\d{4})-(\d{2})-(\d{2})(?:[T ](?=\d\d:\d\d)(\d\d:\d\d)(?::\d\d(?:\.\d{1,9})?)?"
    r"(?:Z|[+-]\d\d:?\d\d)?)?(?![\d-])"
)
NAMED = re.compile(rf"(?<![\d.,:])(\d{{1,2}})\. ?({_MONTH})(?: (\d{{4}})(?!\d))?(?![A-Za-zäöüß])")
MONTH_YEAR = re.compile(rf"\b({_MONTH}) (1[1-9]\d\d)(?!\d|[.,]\d)")
TIME_RANGE = re.compile(r"(?<=\d)( ?Uhr)? ?[-–] ?(?=\d{1,2}(?:[:.]\d\d)?(?:\d\d)?(?: ?Uhr|:))")
TIME = re.compile(r"(?<![\d:.,])(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?(?:Uhr|h)\b)?(?![\d:])")
POINT_TIME = re.compile(r"(?<![\d:.,])(\d{1,2})\.(\d{2})()(?= ?Uhr\b) ?Uhr")
HOUR = re.compile(r"(?<![\d:.,])1 ?(?=Uhr\b)")
RATIO = re.compile(r"(?<=\d):(?=\d)")
ORDINAL = re.compile(r"(?<![\w.,:−-])(\d{1,4})\.(?![\w.,:])(?=(?:[ ]([^\s]{1,40}))?)")
ATTACHED = re.compile(
    r"(?<![\w.,])(\d{1,6})-?(er|fach|mal|jährig|tägig|stündig|stellig)(?=\w{0,3}\b)"
)
PERCENTAL = re.compile(r"(?<![\w.,])(\d{1,6}) ?-?%-?ig(?=\w{0,2}\b)")
RANGE = re.compile(rf"(?<=\d)( ?(?:{_ALL_UNITS})?) ?[-–—] ?(?=[$€£¥]?\d)")
MONEY_FIRST = re.compile(
    rf"(−?)(?<![A-Za-z\d])(?<!\d )({_MONEY}) ?({NUMBER})(?: ({_MAGNITUDES}))?(?!\w)()"
)
MONEY_LAST = re.compile(
    rf"({NUMBER})(?: ({_MAGNITUDES}))? ?({_MONEY})(?![A-Za-z])(?:/({_ALL_UNITS})(?!\w))?"
)
MAGNITUDE = re.compile(rf"({NUMBER}) ({_MAGNITUDES})(?!\w)")
QUANTITY = re.compile(
    rf"({NUMBER})(?:[ -]?({_UNITS})| ({_SPACED}))(?![\w²³])(?:/({_ALL_UNITS})(?![\w²³]))?"
    r"(?:(?<!\.)\.(?= [a-zäöü]))?"
)
MIXED = re.compile(r"(?<![\d./])(\d{1,6}) (\d{1,2})/(\d{1,3})(?![\d/]|\.\d)")
FRACTION = re.compile(r"(?<![\d./])(\d{1,6})/(\d{1,6})(?![\d/]|\.\d)")
ONE = re.compile(r"(?<![\w.,:−/-])1 (?=([A-ZÄÖÜ][a-zäöüß]{1,40}))")
YEAR = re.compile(
    r"(?:(?i:\b(jahr|jahre|jahres|jahren|seit|anno|bis|von|um|sommer|winter|herbst|frühjahr) )"
    rf"|(?<![\w.,:−+-])(?=19))(1[1-9]\d\d)(?![\w/%-]|[.,:]\d| ?(?:{_ALL_UNITS}|{_MONEY})(?!\w)| \d)"
)
TIMES = re.compile(r"(?<=\d) ?x ?(?=\d)|(?<=\d) ?x(?!\w)")
HASH = re.compile(r"#(?=\d)")
ABOUT = re.compile(r"~ ?(?=[\d$€£¥])")
PLUS = re.compile(r"(?<=\w) ?\+ ?(?=\w)|(?<!\S)\+(?=\d)")
LESS = re.compile(r"(?<=[\d ])([<>]=?)(?=[ \d])|^([<>])(?= ?\d)")
SLASH = re.compile(r"(?<=[A-Za-zäöüß]) ?/ ?(?=[A-Za-zÄÖÜäöü])")
SYMBOL = re.compile(f" ?([{''.join(words.SYMBOLS)}]) ?")
HYPHEN_AT_NUMBER = re.compile(r"(?<=\d)-(?=[^\W\d_])|(?<=[^\W\d_])-(?=\d)")
PLAIN = re.compile(NUMBER)
LEFT_OVER = re.compile(r"\d")
STRAY = re.compile(r"[−$₹₽₩₿#+~<>](?!\w)|(?<!\w)[−₹₽₩₿#~<>]")


class German(Language):
    """German; endings of ordinals and of "ein" follow the words around them where these tell."""

    digits = ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")
    point, version_point, minus, dot, at = "Komma", "Punkt", "minus", "Punkt", "at"

    def __init__(self) -> None:
        self.rules = (
            *self.addresses(),
            *self._shortened(),
            *self._structured(),
            *canonical.SIGNS,
            canonical.without(".", canonical.THOUSANDS_POINT),
            canonical.without(" ", canonical.THOUSANDS_SPACE),
            canonical.without("'", canonical.THOUSANDS_APOSTROPHE),
            (canonical.DECIMAL_COMMA, lambda match: f"{match[1]}.{match[2]}"),
            *self._measured(),
            *self._signs(),
            (PLAIN, self.say_number),
            (LEFT_OVER, self.say_digits),
            (STRAY, always("")),
        )
        self.plain_rules = (
            *self.addresses(),
            *self._shortened(),
            *self._signs(),
            (STRAY, always("")),
        )

    def cardinal(self, number: int) -> str:
        """See `Language.cardinal`."""
        return numbers.spell(number, "de", "numbering")

    def year(self, year: int) -> str:
        """A year as people say it: `neunzehnhundertneunundneunzig`."""
        if not 1100 <= year <= 1999:
            return self.cardinal(year)
        century, rest = divmod(year, 100)
        return f"{self.cardinal(century)}hundert{self.cardinal(rest) if rest else ''}"

    def _shortened(self) -> tuple[Rule, ...]:
        return (
            (WEEKDAY, lambda match: words.WEEKDAYS[match[1]]),
            (FRAU, always("Frau")),
            (STREET, lambda match: "straße" + "." * _ends(match)),
            (MAGNITUDE_MARK, lambda match: match[1]),
            (SHORT, _say_short),
        )

    def _structured(self) -> tuple[Rule, ...]:
        return (
            (ISO, self._say_iso),
            (DAY_RANGE, always(" bis ")),
            (DATE, self._say_date),
            (NAMED, self._say_named),
            (MONTH_YEAR, lambda match: f"{_month_name(match[1])} {self.year(int(match[2]))}"),
            (TIME_RANGE, lambda match: f"{match[1] or ''} bis "),
            (TIME, self._say_time),
            (POINT_TIME, self._say_time),
            (HOUR, always("ein ")),
            (RATIO, always(" zu ")),
            (ORDINAL, self._say_ordinal),
            (YEAR, self._say_year),
            (canonical.INTERNATIONAL, lambda match: "plus " + self.say_digits(match)),
            (canonical.GROUPED, self.say_digits),
            (canonical.LEADING_ZERO, self.say_digits),
            (canonical.long_run(_ALL_UNITS, _MONEY), self.say_digits),
        )

    def _measured(self) -> tuple[Rule, ...]:
        return (
            (VERSION_MARK, always("Version ")),
            (VERSION, self.say_version),
            (PERCENTAL, lambda match: self._attached(match[1]) + "prozentig"),
            (ATTACHED, lambda match: self._attached(match[1]) + match[2]),
            (RANGE, lambda match: f"{match[1]} bis "),
            (MONEY_FIRST, self._say_money_first),
            (MONEY_LAST, self._say_money_last),
            (MAGNITUDE, self._say_magnitude),
            (QUANTITY, self._say_quantity),
            (MIXED, self._say_mixed),
            (FRACTION, self._say_fraction),
            (ONE, self._say_one),
        )

    def _signs(self) -> tuple[Rule, ...]:
        return (
            (TIMES, always(" mal ")),
            (HASH, always("Nummer ")),
            (ABOUT, always("ungefähr ")),
            (PLUS, always(" plus ")),
            (LESS, _say_comparison),
            (SLASH, always(" ")),
            (HYPHEN_AT_NUMBER, always(" ")),
            (SYMBOL, lambda match: f" {words.SYMBOLS[match[1]]} "),
        )

    def _attached(self, digits: str) -> str:
        return "ein" if digits == "1" else self.integer(digits)

    def _say_iso(self, match: re.Match[str]) -> str:
        month, day = int(match[2]), int(match[3])
        if not _is_date(month, day):
            return match[0]
        date = self._date(match, day, words.MONTHS[month - 1], match[1])
        return self.apart(match, f"{date}, {match[4]}" if match[4] else date)

    def _say_date(self, match: re.Match[str]) -> str:
        day, month = int(match[1]), int(match[2])
        if not _is_date(month, day):
            return match[0]
        date = self._date(match, day, words.MONTHS[month - 1], match[3])
        return self.apart(match, date) + "." * _ends(match)

    def _say_named(self, match: re.Match[str]) -> str:
        if not 1 <= int(match[1]) <= 31:
            return match[0]
        return self._date(match, int(match[1]), _month_name(match[2]), match[3]) + "." * _ends(
            match
        )

    def _date(self, match: re.Match[str], day: int, month: str, year: str | None) -> str:
        place = ordinals.spell(day, ordinals.words_before(match), month)
        if not year:
            return f"{place} {month}"
        full = int(year) if len(year) == 4 else 2000 + int(year)
        return f"{place} {month} {self.year(full)}"

    def _say_time(self, match: re.Match[str]) -> str:
        hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
        if hour > 24 or minute > 59 or second > 59:
            return match[0]
        spoken = f"{'ein' if hour == 1 else self.cardinal(hour)} Uhr"
        if minute:
            spoken += f" {self.cardinal(minute)}"
        if second:
            count = "eine Sekunde" if second == 1 else f"{self.cardinal(second)} Sekunden"
            spoken += f" und {count}"
        return self.apart(match, spoken)

    def _say_year(self, match: re.Match[str]) -> str:
        return f"{match[1]} " * bool(match[1]) + self.year(int(match[2]))

    def _say_ordinal(self, match: re.Match[str]) -> str:
        before, following = ordinals.words_before(match), match[2] or ""
        if ordinals.continues(match[1], following):
            return ordinals.spell(int(match[1]), before, following)
        if ordinals.final(before) and len(match[1]) <= 2:
            return ordinals.spell(int(match[1]), before, "") + "."
        return match[0]

    def _say_money_first(self, match: re.Match[str]) -> str:
        return self.apart(match, self._money(match[1] + match[3], match[4], match[2], match[5]))

    def _say_money_last(self, match: re.Match[str]) -> str:
        return self.apart(match, self._money(match[1], match[2], match[3], match[4]))

    def _money(self, amount: str, magnitude: str | None, code: str, per: str | None) -> str:
        name, cent = words.CURRENCIES[code]
        tail = f" pro {words.UNITS[per].per}" if per else ""
        whole, _, decimals = amount.partition(".")
        if magnitude:
            return f"{self._great(amount, magnitude)} {name}{tail}"
        if len(decimals) != 2 or not cent:
            return f"{self._counted(amount)} {name}{tail}"
        rest = "" if decimals == "00" else self.cardinal(int(decimals))
        if whole.lstrip(MINUS + "0") or not rest:
            return f"{self._counted(whole)} {name} {rest}".rstrip() + tail
        sign = f"{self.minus} " if whole.startswith(MINUS) else ""
        return f"{sign}{'ein' if decimals == '01' else rest} {cent}{tail}"

    def _counted(self, amount: str) -> str:
        """A number before a noun that is not feminine: `ein`, `einhundertein`."""
        if "." in amount or not amount.endswith("1") or amount.endswith("11"):
            return self.number(amount)
        return self.number(amount).removesuffix("s")

    def _great(self, amount: str, magnitude: str) -> str:
        one, many = words.MAGNITUDES[magnitude]
        return one if amount == "1" else f"{self.number(amount)} {many}"

    def _say_magnitude(self, match: re.Match[str]) -> str:
        return self.apart(match, self._great(match[1], match[2]))

    def _say_quantity(self, match: re.Match[str]) -> str:
        unit = words.UNITS[match[2] or match[3]]
        feminine = unit.one.startswith("eine ")
        if is_one(match[1]):
            sign = f"{self.minus} " if match[1] != "1" else ""
            name = unit.one.partition(" ")[2]
            spoken = f"{sign}{_article(match, feminine=feminine)} {name}"
        elif feminine:
            spoken = f"{self.number(match[1])} {unit.many}"
        else:
            spoken = f"{self._counted(match[1])} {unit.many}"
        if match[4]:
            spoken += f" pro {words.UNITS[match[4]].per}"
        stop = "." if match[0].endswith(".") and not match[4] and _ends(match) else ""
        return self.apart(match, spoken) + stop

    def _say_mixed(self, match: re.Match[str]) -> str:
        if (match[2], match[3]) == ("1", "2"):
            return self.apart(match, self._attached(match[1]) + "einhalb")
        part = self._fraction(int(match[2]), int(match[3]))
        return match[0] if part is None else self.apart(match, f"{self.integer(match[1])} {part}")

    def _say_fraction(self, match: re.Match[str]) -> str:
        part = self._fraction(int(match[1]), int(match[2]))
        over = "" if match[0] == "24/7" else "durch "
        return self.apart(match, part or f"{self.integer(match[1])} {over}{self.integer(match[2])}")

    def _fraction(self, above: int, below: int) -> str | None:
        if not 0 < above < below <= 20:
            return None
        count = "ein" if above == 1 else self.cardinal(above)
        if below == 2:
            return f"{count} halb"
        part = ordinals.stem(below)
        return f"{count} {part.capitalize().removesuffix('t')}tel"

    def _say_one(self, match: re.Match[str]) -> str:
        before = match.string[max(match.start() - 40, 0) : match.start()].split()
        if len(before) > 1 and before[-1][0].isupper() and before[-1].isalpha():
            return "eins "
        return _article(match, feminine=ordinals.is_feminine(match[1])) + " "


VERSION_MARK = re.compile(r"\bv(?=\d)")
MAGNITUDE_MARK = re.compile(r"(?<=\d )(Mio|Mrd)\.(?= ?(?:€|EUR|Euro|\$))")


def _article(match: re.Match[str], *, feminine: bool) -> str:
    before = match.string[max(match.start() - 12, 0) : match.start()].lower().split()
    if before and before[-1] in words.DATIVE:
        return "einer" if feminine else "einem"
    return "eine" if feminine else "ein"


def _ends(match: re.Match[str]) -> bool:
    """Whether the dot at the end of a match also ends the sentence."""
    if not match[0].endswith("."):
        return False
    after = match.string[match.end() : match.end() + 40]
    following = after.lstrip(" \"'”“)").split(None, 1)
    if not following or after.startswith("\n"):
        return True
    word = following[0].rstrip(".,;:!?").lower()
    return following[0][0].isupper() and word in words.SENTENCE_STARTERS


def _say_short(match: re.Match[str]) -> str:
    if match[0] in words.UNITS and follows_digit(match):
        return match[0]
    closing = match[0] in words.CLOSING_ABBREVIATIONS and _ends(match)
    return _SHORT[match[0]] + "." * closing


def _say_comparison(match: re.Match[str]) -> str:
    sign = match[1] or match[2]
    return " kleiner als " if sign.startswith("<") else " größer als "


def _month_name(name: str) -> str:
    short = name.rstrip(".")
    return words.MONTHS[words.SHORT_MONTHS[short] - 1] if short in words.SHORT_MONTHS else short


def _is_date(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31
