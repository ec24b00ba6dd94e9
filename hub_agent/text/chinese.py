"""Chinese: Mandarin in simplified characters, or in traditional ones where the tag says so."""

import re
from collections.abc import Callable

from hub_agent.text import canonical, numbers
from hub_agent.text import chinese_words as words
from hub_agent.text.rules import MINUS, NUMBER, VERSION, Language, Rule, alternatives, always

_TRADITIONAL = frozenset({"tw", "hk", "mo", "hant"})
_UNITS = alternatives(set(words.UNITS) - words.SPACED_UNITS)
_SPACED = alternatives(words.SPACED_UNITS)
_ALL_UNITS = alternatives(words.UNITS)
_MONEY = alternatives(words.CURRENCIES)
_WHOLE_UNIT = 100_000_000

DATE = re.compile(
    r"(?<![\d./-])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ](?=\d\d?:\d\d)(?:(\d\d:\d\d):\d\d"
    r"(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)?)?(?![\d/-]|\.\d)"
)
YEAR = re.compile(
    r"(?<![\d.,:])((?:19|20)\d\d|1[0-8]\d\d(?!年[前后後])|\d\d(?=年\d{1,2}月)) ?(?=年(?![级級]))"
)
TIME = re.compile(
    r"(?<![\d:.])(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?(?![\d:：])(?: ?([AaPp])\.?[Mm]\.?(?!\w))?"
)
TIME_RANGE = re.compile(r"(?<=\d) ?[-–—~] ?(?=\d{1,2}[:：]\d\d)")
HALF_DAY = re.compile(r"(?<![\d:.])(\d{1,2}) ?([AaPp])\.?[Mm]\.?(?!\w)")
RATIO = re.compile(r"(?<=\d)[:：](?=\d)")
PERCENT = re.compile(rf"({NUMBER})(?: ?[%‰]? ?[-–~—至到] ?({NUMBER}))? ?([%‰])")
RANGE = re.compile(
    rf"(?<=\d)( ?(?:{_ALL_UNITS}|[年月日号號点點时時元度个個天])?) ?[-–—~至] ?(?=[$€£¥]?[−]?\d)"
)
MONEY_FIRST = re.compile(
    rf"(−?)(?<![A-Za-z\d])(?<!\d )({_MONEY}) ?({NUMBER}) ?({words.MAGNITUDES})?()"
)
MONEY_LAST = re.compile(
    rf"({NUMBER}) ?({words.MAGNITUDES})? ?({_MONEY})(?![A-Za-z])(?:/({_ALL_UNITS})(?!\w))?"
)
QUANTITY = re.compile(
    rf"({NUMBER})(?: ?({_UNITS})| ({_SPACED}))(?![A-Za-z0-9²³])"
    rf"(?:/({_ALL_UNITS})(?![A-Za-z0-9²³]))?"
)
BELOW_ZERO = re.compile(r"−(?=\d+(?:\.\d+)?(?:°[CF]?| ?(?:摄|攝|华|華)氏?度|度))")
MIXED = re.compile(r"(?<![\d./])(\d{1,6}) (\d{1,2})/(\d{1,3})(?![\d/]|\.\d)")
FRACTION = re.compile(r"(?<![\d./])(\d{1,6})/(\d{1,6})(?![\d/]|\.\d)")
PAIR = re.compile(rf"(?<![\d.点第])2(?= ?(?:{words.COUNTED}|{words.MAGNITUDES}))")
TIMES = re.compile(r"(?<=\d) ?[x*] ?(?=\d)")
FOLD = re.compile(r"(?<=\d)x(?!\w)")
HASH = re.compile(r"#(?=\d)")
ABOUT = re.compile(r"~ ?(?=[\d$€£¥])")
PLUS = re.compile(r"(?<=\w) ?\+ ?(?=\w)|(?<!\S)\+(?=\d)")
LESS = re.compile(r"(?<=[\d ])([<>]=?)(?=[ \d])|^([<>])(?= ?\d)")
SLASH = re.compile(r"(?<=\w) ?/ ?(?=[^\W\d])")
HYPHEN_AT_NUMBER = re.compile(r"(?<=\d)-(?=[^\W\d_])|(?<=[^\W\d_])-(?=\d)")
SYMBOL = re.compile(f" ?([{''.join(words.SYMBOLS)}]) ?")
PLAIN = re.compile(NUMBER)
LEFT_OVER = re.compile(r"\d")
STRAY = re.compile(r"[−$₹₽₩₿#+~<>](?!\w)|(?<!\w)[−₹₽₩₿#~<>]")
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f"
SPACE_AT_NUMBER = re.compile(f"(?<=[{_WIDE}]) +(?=[$€£¥−+#~-]?\\d)|(?<=[\\d%‰]) +(?=[{_WIDE}])")
SIGN_AFTER_WIDE = re.compile(
    f"(?<=[{_WIDE}])(?<!\\d[年月日号號点點时時元度个個天楼樓层層])-(?=\\d)"
)


class Chinese(Language):
    """Mandarin. No blanks between the words it makes; a lone two before a measure word is 两."""

    digits = ("零", "一", "二", "三", "四", "五", "六", "七", "八", "九")
    gap = ""
    pause = "，"

    def __init__(self, tag: str) -> None:
        subtags = tag.lower().replace("_", "-").split("-")[1:]
        self.traditional = bool(_TRADITIONAL.intersection(subtags)) and "hans" not in subtags
        self.point = self.version_point = self.dot = self._written("点")
        self.minus, self.at = self._written("负"), "艾特"
        self.rules = (
            *self.addresses(),
            (SPACE_AT_NUMBER, always("")),
            *self._structured(),
            (SIGN_AFTER_WIDE, always(MINUS)),
            *canonical.SIGNS,
            canonical.without(",", canonical.THOUSANDS_COMMA),
            canonical.without(" ", canonical.THOUSANDS_SPACE),
            *self._measured(),
            *self._signs(),
            (PAIR, self._saying(always("两"))),
            (PLAIN, self.say_number),
            (LEFT_OVER, self.say_digits),
            (STRAY, always("")),
        )
        self.plain_rules = (
            *self.addresses(),
            *self._signs(),
            (STRAY, always("")),
        )

    def cardinal(self, number: int) -> str:
        """See `Language.cardinal`; from a hundred millions on in 亿, as spoken on the mainland."""
        high, low = divmod(number, _WHOLE_UNIT)
        if not high:
            return self._below(low)
        zero = "零" if 0 < low < _WHOLE_UNIT // 10 else ""
        words_of_low = zero + self._below(low) if low else ""
        return self._pairwise(high) + self._written("亿") + words_of_low

    def _below(self, number: int) -> str:
        return self._written(
            numbers.spell(
                number, "zh", "cardinal-alternate2" if number > 2 else "cardinal"
            ).replace("〇", "零")
        )

    def _pairwise(self, number: int) -> str:
        return self._written("两") if number == 2 else self._below(number)

    def _written(self, simplified: str) -> str:
        return simplified.translate(words.TRADITIONAL) if self.traditional else simplified

    def _saying(self, say: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
        return lambda match: self._written(say(match))

    def _structured(self) -> tuple[Rule, ...]:
        return (
            (DATE, self._say_date),
            (YEAR, lambda match: self.each(match[1])),
            (TIME_RANGE, always("到")),
            (TIME, self._say_time),
            (HALF_DAY, self._say_half_day),
            (RATIO, always("比")),
            (canonical.INTERNATIONAL, self._say_international),
            (canonical.GROUPED, self.say_digits),
            (canonical.LEADING_ZERO, self.say_digits),
            (DIALLED, self.say_digits),
            (VERSION_MARK, always("版本")),
            (VERSION, self.say_version),
            (canonical.long_run(f"{_ALL_UNITS}|{words.COUNTED}", _MONEY), self.say_digits),
        )

    def _measured(self) -> tuple[Rule, ...]:
        return (
            (PERCENT, self._say_percent),
            (RANGE, lambda match: f"{match[1]}到"),
            (MONEY_FIRST, self._say_money_first),
            (MONEY_LAST, self._say_money_last),
            (BELOW_ZERO, always("零下")),
            (QUANTITY, self._say_quantity),
            (MIXED, self._say_mixed),
            (FRACTION, lambda match: self._fraction(match[1], match[2])),
        )

    def _signs(self) -> tuple[Rule, ...]:
        return (
            (TIMES, always("乘")),
            (FOLD, always("倍")),
            (HASH, self._saying(always("号"))),
            (ABOUT, self._saying(always("约"))),
            (PLUS, always("加")),
            (LESS, self._saying(_comparison)),
            (SLASH, always("、")),
            (HYPHEN_AT_NUMBER, always("")),
            (SYMBOL, self._saying(lambda match: words.SYMBOLS[match[1]])),
        )

    def _say_date(self, match: re.Match[str]) -> str:
        month, day = int(match[3]), int(match[4])
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return match[0]
        date = f"{self.each(match[1])}年{self.cardinal(month)}月{self.cardinal(day)}日"
        return date + (match[5] or "")

    def _say_time(self, match: re.Match[str]) -> str:
        hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
        if hour > 24 or minute > 59 or second > 59:
            return match[0]
        spoken = self._half_day(match[4]) + self._pairwise(hour) + self.point
        if minute or second:
            spoken += (
                ("零" if minute < 10 else "") + (self.cardinal(minute) if minute else "") + "分"
            )
        return spoken + (f"{self.cardinal(second)}秒" if second else "")

    def _say_half_day(self, match: re.Match[str]) -> str:
        return self._half_day(match[2]) + self._pairwise(int(match[1])) + self.point

    def _half_day(self, letter: str | None) -> str:
        if not letter:
            return ""
        return "上午" if letter.lower() == "a" else "下午"

    def _say_international(self, match: re.Match[str]) -> str:
        return "加" + self.say_digits(match)

    def _say_percent(self, match: re.Match[str]) -> str:
        of = "百分之" if match[3] == "%" else "千分之"
        sign = self.minus if match[1].startswith(MINUS) else ""
        spoken = sign + of + self.number(match[1].removeprefix(MINUS))
        return f"{spoken}到{of}{self.number(match[2])}" if match[2] else spoken

    def _say_money_first(self, match: re.Match[str]) -> str:
        return self._money(match[1] + match[3], match[4], match[2], match[5])

    def _say_money_last(self, match: re.Match[str]) -> str:
        return self._money(match[1], match[2], match[3], match[4])

    def _money(self, amount: str, magnitude: str | None, code: str, per: str | None) -> str:
        money = self._written(words.CURRENCIES[code])
        tail = "每" + self._written(words.UNITS[per]) if per else ""
        return f"{self._amount(amount)}{magnitude or ''}{money}{tail}"

    def _amount(self, canonical_number: str) -> str:
        if canonical_number.removeprefix(MINUS) == "2":
            return (self.minus if canonical_number != "2" else "") + self._written("两")
        return self.number(canonical_number)

    def _say_quantity(self, match: re.Match[str]) -> str:
        unit = self._written(words.UNITS[match[2] or match[3]])
        tail = "每" + self._written(words.UNITS[match[4]]) if match[4] else ""
        return f"{self._amount(match[1])}{unit}{tail}"

    def _say_mixed(self, match: re.Match[str]) -> str:
        return f"{self.integer(match[1])}又{self._fraction(match[2], match[3])}"

    def _fraction(self, above: str, below: str) -> str:
        return f"{self.integer(below)}分之{self.integer(above)}"


DIALLED = re.compile(r"(?<=[打叫或])1(?:10|19|20|22)(?![\d.,:])")
VERSION_MARK = re.compile(r"(?<![A-Za-z])v(?=\d)", re.IGNORECASE)


def _comparison(match: re.Match[str]) -> str:
    sign = match[1] or match[2]
    return "小于" if sign.startswith("<") else "大于"
