"""English: American reading order and numbers, or British for the tags of the Commonwealth."""

import re

from hub_agent.text import canonical, numbers
from hub_agent.text import english_words as words
from hub_agent.text.rules import (
    NUMBER,
    VERSION,
    Language,
    Rule,
    alternatives,
    always,
    follows_digit,
    is_one,
    keeps_stop,
)

_BRITISH = frozenset({"gb", "uk", "ie", "au", "nz", "za", "in", "sg", "hk", "my", "ng", "ke"})
_UNITS = alternatives(set(words.UNITS) - words.SPACED_UNITS)
_ALL_UNITS = alternatives(words.UNITS)
_SPACED = alternatives(words.SPACED_UNITS)
_MONEY = alternatives(words.CURRENCIES)
_MAGNITUDES = alternatives(words.MAGNITUDES)
_MONTH = rf"(?:{'|'.join(words.MONTHS)}|(?:{alternatives(words.SHORT_MONTHS)})\b\.?)"
_YEAR = r"(?:1[1-9]|20)\d\d"
_COUNTED = (
    "people|steps|meters?|metres?|miles?|points?|times|seconds|minutes|hours|days|weeks|months|"
    "years|euros?|dollars?|pounds|watts?|of|per|or|percent|calories|words|items|units"
)

AM_PM = re.compile(r"(?<=\d) ?([AaPp])(?:\. ?[Mm]\.|[Mm]\b)")
ISO = re.compile(
    r"(?<![\d-])(\d{4})-(\d{2})-(\d{2})(?:[T ](?=\d\d:\d\d)(\d\d:\d\d)(?::\d\d(?:\.\d{1,9})?)?"
    r"(?:Z|[+-]\d\d:?\d\d)?)?(?![\d-])"
)
SLASHED = re.compile(r"(?<![\d/.])(\d{1,2})([/.])(\d{1,2})\2(\d{4}|\d\d)(?![\d/]|\.\d)")
SHORT_DATE = re.compile(
    r"(?i:\b(on|by|until|till|since|from|before|after) )(\d{1,2})/(\d{1,2})(?![\d/]|\.\d)"
)
WITH = re.compile(r"(?<!\S)w/ ?(?=\w)")
MONTH_FIRST = re.compile(
    rf"\b({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?(?!\d|[.:]\d|%| ?[AP]M)(?:,? ({_YEAR})(?!\d))?"
)
DAY_FIRST = re.compile(
    rf"(?:\b[Tt]he )?(?<![\d.:/-])(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})"
    rf"(?:,? ({_YEAR})(?!\d))?(?![A-Za-z])"
)
MONTH_YEAR = re.compile(rf"\b({_MONTH}),? ({_YEAR})(?![\d.]\d|\d)")
TIME = re.compile(r"(?<![\d:.])(\d{1,2}):(\d{2})(?::(\d{2}))?(?![\d:])(?: (?=[AP]M\b))?")
RATIO = re.compile(r"(?<=\d):(?=\d)")
RANGE = re.compile(rf"(?<=\d)( ?(?:{_ALL_UNITS}|st|nd|rd|th|[AP]M)?) ?[-–—] ?(?=[$€£¥]?\d)")
SPELLED_RANGE = re.compile(r"(?<=\w) ?[–—] ?(?=[$€£¥]?\d)|(?<=[ap]m) ?- ?(?=\d)", re.IGNORECASE)
MONEY_FIRST = re.compile(
    rf"(−?)(?<![A-Za-z\d])(?<!\d )({_MONEY}) ?({NUMBER})"
    rf"(?: ?({_MAGNITUDES})(?![A-Za-z]))?(?:/({_ALL_UNITS})(?!\w))?"
)
MONEY_LAST = re.compile(
    rf"({NUMBER})(?: ({_MAGNITUDES}))? ?({_MONEY})(?![A-Za-z])(?:/({_ALL_UNITS})(?!\w))?"
)
QUANTITY = re.compile(
    rf"({NUMBER})(?:[ -]?({_UNITS})| ({_SPACED}))(?![\w²³])(?:/({_ALL_UNITS})(?![\w²³]))?"
    r"(?:\.(?= [a-z]))?"
)
MIXED = re.compile(r"(?<![\d./])(\d{1,6}) (\d{1,2})/(\d{1,3})(?![\d/]|\.\d)")
FRACTION = re.compile(r"(?<![\d./])(\d{1,6})/(\d{1,6})(?![\d/]|\.\d)")
ORDINAL = re.compile(r"(?<![\d.])(\d{1,15})(?:st|nd|rd|th)\b", re.IGNORECASE)
DECADE = re.compile(r"(?<![\d.,])(1\d|20)(\d)0'?s\b|(?<=\bthe )'?()([2-9])0'?s\b")
YEAR = re.compile(
    rf"(?i:\b(in|since|year|until|till|during|from|by|spring|summer|autumn|fall|winter|of) )"
    rf"({_YEAR})(?![.,:]\d|[\d/%]|-\w| ?(?:{_ALL_UNITS}|{_MONEY})(?!\w)| (?:{_COUNTED})\b)"
)
VERSION_MARK = re.compile(r"\bv(?=\d)")
BY = re.compile(r"(?<=\d) ?x ?(?=\d)")
TIMES = re.compile(r"(?<=\d)x(?!\w)")
DIALLED = re.compile(r"(?i:(?<=\bcall )|(?<=\bdial )|(?<=\bring ))\d{3,6}(?![\d.,:]\d|\d)")
TIME_RANGE = re.compile(r"(?<=\d)( [AP]M)? ?[-–—] ?(?=\d{1,2}(?::\d\d| [AP]M))")
HASH = re.compile(r"#(?=\d)")
ABOUT = re.compile(r"~ ?(?=[\d$€£¥])")
PLUS = re.compile(r"(?<=\w) ?\+ ?(?=\w)|(?<!\S)\+(?=\d)")
LESS = re.compile(r"(?<=[\d ])([<>]=?)(?=[ \d])|^([<>])(?= ?\d)")
SLASH = re.compile(r"(?<=[A-Za-z]) ?/ ?(?=[A-Za-z])")
SYMBOL = re.compile(f" ?([{''.join(words.SYMBOLS)}]) ?")
HYPHEN_AT_NUMBER = re.compile(r"(?<=\d)-(?=[A-Za-z])|(?<=[A-Za-z])-(?=\d)")
PLAIN = re.compile(NUMBER)
LEFT_OVER = re.compile(r"\d")
STRAY = re.compile(r"[−$₹₽₩₿#+~<>](?!\w)|(?<!\w)[−₹₽₩₿#~<>]")


class English(Language):
    """English; `british` reads the day first and says "one hundred and five"."""

    digits = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    point, version_point, minus, dot, at = "point", "point", "minus", "dot", "at"

    def __init__(self, tag: str) -> None:
        self.british = bool(_BRITISH.intersection(tag.lower().replace("_", "-").split("-")[1:]))
        self.rules = (
            *self.addresses(),
            *self._shortened(),
            *self._structured(),
            *canonical.SIGNS,
            canonical.without(",", canonical.THOUSANDS_COMMA),
            canonical.without(" ", canonical.THOUSANDS_SPACE),
            *self._measured(),
            *self._counted(),
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
        ruleset = "cardinal-verbose" if self.british else "cardinal"
        return numbers.spell(number, "en", ruleset)

    def ordinal(self, number: int) -> str:
        """A place in order, `twenty first`."""
        ruleset = "ordinal-verbose" if self.british else "ordinal"
        return numbers.spell(number, "en", ruleset)

    def year(self, year: int) -> str:
        """A year as people say it."""
        century, rest = divmod(year, 100)
        if 2000 <= year <= 2009:
            return self.cardinal(year)
        if rest == 0:
            return f"{self.cardinal(century)} hundred"
        if rest < 10:
            return f"{self.cardinal(century)} oh {self.cardinal(rest)}"
        return f"{self.cardinal(century)} {self.cardinal(rest)}"

    def _shortened(self) -> tuple[Rule, ...]:
        fixed = words.ABBREVIATIONS | words.CLOSING_ABBREVIATIONS
        return (
            (re.compile(rf"(?<![\w.])({alternatives(fixed)})(?!\w)"), self._say_short),
            (re.compile(r"(?<![\w.])(Dr\.|St\.)(?!\w)(?=( [A-Z])?)"), _say_before_name),
            (
                re.compile(rf"(?<![\w.])({alternatives(words.BEFORE_NUMBER)}) ?(?=\d)"),
                lambda match: words.BEFORE_NUMBER[match[1]] + " ",
            ),
        )

    def _structured(self) -> tuple[Rule, ...]:
        return (
            (AM_PM, lambda match: f" {match[1].upper()}M" + "." * keeps_stop(match)),
            (ISO, self._say_iso),
            (SLASHED, self._say_slashed),
            (SHORT_DATE, self._say_short_date),
            (MONTH_FIRST, self._say_month_first),
            (DAY_FIRST, self._say_day_first),
            (MONTH_YEAR, self._say_month_year),
            (TIME_RANGE, lambda match: f"{match[1] or ''} to "),
            (TIME, self._say_time),
            (RATIO, always(" to ")),
            (canonical.INTERNATIONAL, self._say_international),
            (canonical.GROUPED, self.say_digits),
            (canonical.LEADING_ZERO, self.say_digits),
            (VERSION_MARK, always("version ")),
            (VERSION, self.say_version),
            (DIALLED, self.say_digits),
            (DECADE, self._say_decade),
            (YEAR, lambda match: f"{match[1]} {self.year(int(match[2]))}"),
            (canonical.long_run(_ALL_UNITS, _MONEY), self.say_digits),
        )

    def _measured(self) -> tuple[Rule, ...]:
        return (
            (RANGE, lambda match: f"{match[1]} to "),
            (SPELLED_RANGE, always(" to ")),
            (MONEY_FIRST, self._say_money_first),
            (MONEY_LAST, self._say_money_last),
            (QUANTITY, self._say_quantity),
        )

    def _counted(self) -> tuple[Rule, ...]:
        return (
            (MIXED, self._say_mixed),
            (FRACTION, self._say_fraction),
            (ORDINAL, lambda match: self.apart(match, self.ordinal(int(match[1])))),
        )

    def _signs(self) -> tuple[Rule, ...]:
        return (
            (BY, always(" by ")),
            (TIMES, always(" times")),
            (WITH, always("with ")),
            (HASH, always("number ")),
            (ABOUT, always("about ")),
            (PLUS, always(" plus ")),
            (LESS, _say_comparison),
            (SLASH, always(" ")),
            (HYPHEN_AT_NUMBER, always(" ")),
            (SYMBOL, lambda match: f" {words.SYMBOLS[match[1]]} "),
        )

    def _say_short(self, match: re.Match[str]) -> str:
        if match[0].rstrip(".") in words.UNITS and follows_digit(match):
            return match[0]
        fixed = words.ABBREVIATIONS | words.CLOSING_ABBREVIATIONS
        closing = match[0] in words.CLOSING_ABBREVIATIONS and keeps_stop(match)
        return fixed[match[0]] + "." * closing

    def _date(self, year: str | None, month: int, day: int, *, day_first: bool) -> str:
        name, place = words.MONTHS[month - 1], self.ordinal(day)
        date = f"the {place} of {name}" if day_first else f"{name} {place}"
        if not year:
            return date
        full = int(year) if len(year) == 4 else 2000 + int(year)
        return f"{date} {self.year(full)}" if day_first else f"{date}, {self.year(full)}"

    def _say_iso(self, match: re.Match[str]) -> str:
        if not _is_date(int(match[2]), int(match[3])):
            return match[0]
        date = self._date(match[1], int(match[2]), int(match[3]), day_first=self.british)
        return self.apart(match, f"{date}, {match[4]}" if match[4] else date)

    def _say_slashed(self, match: re.Match[str]) -> str:
        first, second = int(match[1]), int(match[3])
        month, day = self._month_and_day(first, second, dotted=match[2] == ".")
        if not _is_date(month, day):
            return match[0]
        return self.apart(match, self._date(match[4], month, day, day_first=self.british))

    def _say_short_date(self, match: re.Match[str]) -> str:
        month, day = self._month_and_day(int(match[2]), int(match[3]), dotted=False)
        if not _is_date(month, day):
            return match[0]
        return f"{match[1]} {self._date(None, month, day, day_first=self.british)}"

    def _month_and_day(self, first: int, second: int, *, dotted: bool) -> tuple[int, int]:
        day_first = (self.british or dotted or first > 12) and second <= 12
        return (second, first) if day_first else (first, second)

    def _say_month_first(self, match: re.Match[str]) -> str:
        day = int(match[2])
        if not 1 <= day <= 31:
            return match[0]
        return self._date(match[3], _month(match[1]), day, day_first=False)

    def _say_day_first(self, match: re.Match[str]) -> str:
        day = int(match[1])
        if not 1 <= day <= 31:
            return match[0]
        date = self._date(match[3], _month(match[2]), day, day_first=True)
        return date + "." * (not match[3] and keeps_stop(match))

    def _say_month_year(self, match: re.Match[str]) -> str:
        return f"{words.MONTHS[_month(match[1]) - 1]} {self.year(int(match[2]))}"

    def _say_time(self, match: re.Match[str]) -> str:
        hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
        if hour > 24 or minute > 59 or second > 59:
            return match[0]
        half = " " if match[0].endswith(" ") else ""
        spoken = self._clock(hour, minute, half=bool(half))
        if second:
            spoken += f" and {self.cardinal(second)} second{'s' * (second != 1)}"
        return self.apart(match, spoken + half)

    def _clock(self, hour: int, minute: int, *, half: bool) -> str:
        if minute == 0:
            if hour in {0, 24}:
                return "midnight"
            if half:
                return self.cardinal(hour)
            return self.cardinal(hour) + (" o'clock" if hour <= 12 else " hundred")
        between = " oh " if minute < 10 else " "
        return f"{self.cardinal(hour)}{between}{self.cardinal(minute)}"

    def _say_international(self, match: re.Match[str]) -> str:
        return "plus " + self.say_digits(match)

    def _say_money_first(self, match: re.Match[str]) -> str:
        amount = self._money(match[1] + match[3], match[4], match[2], match[5])
        return self.apart(match, amount)

    def _say_money_last(self, match: re.Match[str]) -> str:
        return self.apart(match, self._money(match[1], match[2], match[3], match[4]))

    def _money(self, amount: str, magnitude: str | None, code: str, per: str | None) -> str:
        one, many, cent, cents = words.CURRENCIES[code]
        tail = f" per {words.UNITS[per].per}" if per else ""
        whole, _, decimals = amount.partition(".")
        if magnitude:
            return f"{self.number(amount)} {words.MAGNITUDES[magnitude]} {many}{tail}"
        if len(decimals) != 2 or not cent:
            return f"{self.number(amount)} {one if is_one(amount) else many}{tail}"
        parts = []
        if whole.lstrip("−0") or decimals == "00":
            parts.append(f"{self.number(whole)} {one if is_one(whole) else many}")
        elif whole.startswith("−"):
            parts.append(self.minus)
        joint = " and " if parts and parts[0] != self.minus else " "
        if decimals != "00":
            parts.append(f"{self.cardinal(int(decimals))} {cent if decimals == '01' else cents}")
        return joint.join(parts) + tail

    def _say_quantity(self, match: re.Match[str]) -> str:
        unit = words.UNITS[match[2] or match[3]]
        joined = match.string[match.end(1)] == "-"
        name = unit.per if joined else unit.one if is_one(match[1]) else unit.many
        spoken = f"{self.number(match[1])} {name}"
        if match[4]:
            spoken += f" per {words.UNITS[match[4]].per}"
        return self.apart(match, spoken)

    def _say_mixed(self, match: re.Match[str]) -> str:
        part = self._fraction(int(match[2]), int(match[3]))
        if part is None:
            return match[0]
        if int(match[2]) == 1:
            part = part.replace("one", "an" if match[3] == "8" else "a", 1)
        return self.apart(match, f"{self.integer(match[1])} and {part}")

    def _say_fraction(self, match: re.Match[str]) -> str:
        part = self._fraction(int(match[1]), int(match[2]))
        over = "" if match[0] == "24/7" else "over "
        return self.apart(match, part or f"{self.integer(match[1])} {over}{self.integer(match[2])}")

    def _fraction(self, above: int, below: int) -> str | None:
        if not 0 < above < below <= 20:
            return None
        one, many = words.FRACTIONS.get(below, (self.ordinal(below), f"{self.ordinal(below)}s"))
        return f"{self.cardinal(above)} {one if above == 1 else many}"

    def _say_decade(self, match: re.Match[str]) -> str:
        century, ten = match[1], int(match[2] or match[4])
        if century == "20" and ten == 0:
            return self.apart(match, "two thousands")
        before = f"{self.cardinal(int(century))} " if century else ""
        return self.apart(match, before + words.DECADES[ten])


def _say_before_name(match: re.Match[str]) -> str:
    before_name, elsewhere = words.BEFORE_NAME[match[1]]
    after_word = match.string[max(match.start() - 2, 0) : match.start()].strip().isalpha()
    if match[2] and not (match[1] == "St." and after_word and _follows_name(match)):
        return before_name
    return elsewhere + "." * keeps_stop(match)


def _follows_name(match: re.Match[str]) -> bool:
    """Whether the word before is a capitalised name, as in Main St."""
    before = match.string[max(match.start() - 40, 0) : match.start()].split()
    return bool(before) and before[-1][:1].isupper() and before[-1] not in {"The", "In", "At", "On"}


def _say_comparison(match: re.Match[str]) -> str:
    sign = match[1] or match[2]
    return " less than " if sign.startswith("<") else " more than "


def _month(name: str) -> int:
    short = name.rstrip(".")
    return words.SHORT_MONTHS.get(short) or words.MONTHS.index(short) + 1


def _is_date(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31
