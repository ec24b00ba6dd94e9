"""Korean as it is said: the examples of the Standard Pronunciation (표준 발음법), and numbers."""

import pytest

from hub_agent.phones.hangul import is_syllable, taken_apart
from hub_agent.phones.korean import read
from hub_agent.phones.korean_numbers import spoken


def letters(hangul: str) -> str:
    """The letters of Hangul that is written as it is said."""
    return "".join(
        taken_apart(character).letters() if is_syllable(character) else "空" for character in hangul
    )


@pytest.mark.parametrize(
    ("article", "pairs"),
    [
        (5, "희망 히망, 다쳐 다처, 예의 예의"),
        (9, "닦다 닥따, 키읔과 키윽꽈, 옷 옫, 있다 읻따, 젖 젇, 쫓다 쫃따, 솥 솓, 앞 압"),
        (10, "넋 넉, 앉다 안따, 여덟 여덜, 외곬 외골, 핥다 할따, 값 갑, 밟다 밥따"),
        (11, "닭 닥, 맑다 막따, 맑게 말께, 삶 삼, 닮고 담꼬, 읊고 읍꼬"),
        (12, "놓고 노코, 좋던 조턴, 많고 만코, 닳지 달치, 각하 가카, 밝히다 발키다, 맏형 마텽"),
        (12, "넓히다 널피다, 꽂히다 꼬치다, 닿소 다쏘, 많소 만쏘, 놓는 논는, 않네 안네, 낳은 나은"),
        (13, "깎아 까까, 옷이 오시, 있어 이써, 낮이 나지, 꽃을 꼬츨, 덮이다 더피다"),
        (14, "넋이 넉씨, 앉아 안자, 닭을 달글, 젊어 절머, 핥아 할타, 값을 갑쓸, 없어 업써"),
        (
            17,
            "곧이듣다 고지듣따, 굳이 구지, 밭이 바치, 벼훑이 벼훌치, 굳히다 구치다, 묻히다 무치다",
        ),
        (18, "먹는 멍는, 깎는 깡는, 닫는 단는, 있는 인는, 꽃망울 꼰망울, 앞마당 암마당, 없는 엄는"),
        (19, "담력 담녁, 강릉 강능, 막론 망논, 협력 혐녁"),
        (20, "난로 날로, 신라 실라, 칼날 칼랄, 물난리 물랄리, 뚫는 뚤른"),
        (23, "국밥 국빱, 깎다 깍따, 꽃다발 꼳따발, 옆집 엽찝, 값지다 갑찌다"),
        (25, "넓게 널께, 핥다 할따, 훑소 훌쏘"),
        (27, "할 것을 할 꺼슬, 갈 데가 갈 떼가, 할 수는 할 쑤는"),
    ],
)
def test_the_examples_of_the_standard_are_said_so(article: int, pairs: str) -> None:
    for pair in pairs.split(", "):
        words = pair.split()
        half = len(words) // 2
        written, said = " ".join(words[:half]), " ".join(words[half:])
        assert "".join(read(written).symbols) == f"{letters(said)}.", (article, written)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("7:30", "일곱 시 삼십분"),
        ("15시 5분", "십오시 오분"),
        ("사과 3개", "사과 세개"),
        ("20살", "스무살"),
        ("25도", "이십오도"),
        ("10월 3일", "시월 삼일"),
        ("12,345원", "만이천삼백사십오원"),
        ("110000", "십일만"),
        ("0.05", "영점영오"),
        ("-3", "마이너스 삼"),
        ("010-1234-5678", "공일공 일이삼사 오육칠팔"),
    ],
)
def test_numbers_are_counted_natively_or_in_sino_korean(written: str, said: str) -> None:
    assert spoken(written) == said


def test_blanks_stops_and_single_letters_have_their_symbols() -> None:
    assert "".join(read("아 “네” ㅋㅋ ㄳ").symbols) == "ㅇㅏ空停ㄴㅔ停空ㅋㅋ空ㄱㅅ."
