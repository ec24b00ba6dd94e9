"""A key that can be printed, written on paper and typed again.

128 bits and a checksum of 22 bits as six groups of five letters and digits. The checksum is a
CRC, so one wrong character or two neighbours in the wrong order are always noticed.
"""

from voices.errors import WrongSecretError

CODE_BYTES = 16
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKS_LIKE = str.maketrans("OIL", "011")
_CHECK_BITS = 22
# x^22 + x + 1: any polynomial of this degree notices all bursts of up to 22 bits.
_POLYNOMIAL = (1 << 22) | 0b11
_CHARACTERS = 30
_GROUP = 5


def write_code(key: bytes) -> str:
    """The code of 16 bytes."""
    number = _with_check(int.from_bytes(key, "big"))
    letters = [_ALPHABET[number >> (5 * place) & 31] for place in range(_CHARACTERS - 1, -1, -1)]
    groups = ["".join(letters[start : start + _GROUP]) for start in range(0, _CHARACTERS, _GROUP)]
    return "-".join(groups)


def read_code(text: str) -> bytes:
    """The 16 bytes of a code; case, spaces and dashes do not matter."""
    letters = [letter for letter in text.upper().translate(_LOOKS_LIKE) if letter not in " -\t\r\n"]
    if len(letters) != _CHARACTERS:
        raise _mistyped(f"it has {_CHARACTERS} letters and digits, this has {len(letters)}")
    number = 0
    for letter in letters:
        if letter not in _ALPHABET:
            raise _mistyped("it has only digits and letters, and never a U")
        number = number << 5 | _ALPHABET.index(letter)
    if _with_check(number >> _CHECK_BITS) != number:
        raise _mistyped("a letter or digit is wrong")
    return (number >> _CHECK_BITS).to_bytes(CODE_BYTES, "big")


def _with_check(value: int) -> int:
    shifted = value << _CHECK_BITS
    rest = shifted
    while (excess := rest.bit_length() - _CHECK_BITS) > 0:
        rest ^= _POLYNOMIAL << (excess - 1)
    return shifted | rest


def _mistyped(why: str) -> WrongSecretError:
    return WrongSecretError(
        f"the recovery code is mistyped: {why}",
        hint="compare it with the paper, group by group",
        reason="mistyped",
    )
