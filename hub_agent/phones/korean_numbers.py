"""Korean numbers in words: Sino-Korean, and native before what is counted natively."""

import re

_DIGITS = "영일이삼사오육칠팔구"
_DIALLED_DIGITS = "공일이삼사오육칠팔구"
_SMALL_UNITS = ("", "십", "백", "천")
_LARGE_UNITS = ("", "만", "억", "조")
_NATIVE_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_NATIVE_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
_COUNTED = (
    "개(?!월|년)|명|살|마리|번(?!지|호|가|길)|잔|병|권|대|장|벌|켤레|그루|송이|채|척|줄|쌍|가지|달|사람|곳"
    "|그릇|판|곡|통|군데|바퀴|배|걸음|조각"
)
_NATIVE = re.compile(rf"(?<![\d.,])(\d{{1,2}})(?= ?(?:{_COUNTED}))")
_HOUR = re.compile(r"(?<![\d.,])(1[0-2]|[1-9])(?= ?시(?!속))")
_MONTH = re.compile(r"(?<!\d)(6|10)(?=월)")
_DIALLED = re.compile(r"(?<![\d-])\d{2,4}(?:-\d{3,4}){1,2}(?![\d-])")
_TIME = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?![\d:])")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NUMBER = re.compile(r"(-?)(?<!\d)(\d+)(?:\.(\d+))?")
_HYPHENS = re.compile(r"(?<=\d)-(?=\d)")
_IRREGULAR_MONTHS = {"6": "유", "10": "시"}
_LONGEST = 4 * len(_LARGE_UNITS)
_LAST_NATIVE_HOUR = 12
_SIGNS = str.maketrans({"%": "퍼센트", "％": "퍼센트", "℃": "도", "°": "도", "&": "앤드"})


def spoken(text: str) -> str:
    """The text with its numbers in words."""
    text = _TIME.sub(_time, text.translate(_SIGNS))
    text = _MONTH.sub(lambda match: _IRREGULAR_MONTHS[match[1]], text)
    text = _DIALLED.sub(lambda match: _one_by_one(match[0]), text)
    text = _HYPHENS.sub(" ", _THOUSANDS.sub("", text))
    text = _HOUR.sub(lambda match: _native(int(match[1])), text)
    text = _NATIVE.sub(lambda match: _counted(int(match[1])), text)
    return _NUMBER.sub(_number, text)


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match[1]), int(match[2])
    minutes = f" {_sino(str(minute))}분" if minute else ""
    return f"{_native(hour) if 1 <= hour <= _LAST_NATIVE_HOUR else _sino(str(hour))} 시{minutes}"


def _counted(number: int) -> str:
    return _native(number) if number else _DIGITS[0]


def _native(number: int) -> str:
    """From 1 to 99, as it stands before what is counted."""
    if number == 20:
        return "스무"
    return _NATIVE_TENS[number // 10] + _NATIVE_ONES[number % 10]


def _number(match: re.Match[str]) -> str:
    sign = "마이너스 " if match[1] else ""
    decimals = "점" + "".join(_DIGITS[int(digit)] for digit in match[3]) if match[3] else ""
    return sign + _sino(match[2]) + decimals


def _sino(digits: str) -> str:
    if len(digits) > _LONGEST or (digits.startswith("0") and digits != "0"):
        return _one_by_one(digits)
    if digits == "0":
        return _DIGITS[0]
    words = ""
    while digits:
        group, digits = digits[: (len(digits) - 1) % 4 + 1], digits[(len(digits) - 1) % 4 + 1 :]
        unit = _LARGE_UNITS[len(digits) // 4]
        spoken_group = _group(group)
        if spoken_group == "일" and unit == "만" and not words:
            spoken_group = ""
        words += spoken_group + unit if int(group) else ""
    return words


def _group(digits: str) -> str:
    """Of at most four digits; a one before a unit is silent."""
    words = ""
    for digit, unit in zip(digits, _SMALL_UNITS[len(digits) - 1 :: -1], strict=True):
        if digit != "0":
            words += ("" if digit == "1" and unit else _DIGITS[int(digit)]) + unit
    return words


def _one_by_one(digits: str) -> str:
    """As telephone numbers are said; a hyphen is a short pause."""
    return "".join(" " if digit == "-" else _DIALLED_DIGITS[int(digit)] for digit in digits)
