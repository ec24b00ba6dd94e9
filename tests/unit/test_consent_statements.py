"""Statements in four languages, the code in them, and whether they were said."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from voices.consent.attestation import attestation
from voices.consent.challenge import Challenge, new_challenge
from voices.consent.challenge_words import WORDS
from voices.consent.matching import error_rate, spoken_matches
from voices.consent.people import Relationship
from voices.consent.spoken_numbers import is_number
from voices.consent.statements import (
    LANGUAGES,
    Statement,
    StatementFacts,
    make_statement,
    statement_language,
)
from voices.errors import ConsentRefusedError
from voices.purpose import Purpose

NOW = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
CODE_WORDS = {
    "en": ("river", "lemon"),
    "zh": ("苹果", "火车"),
    "de": ("Löwe", "Garten"),
    "es": ("limón", "barco"),
}


def code(language: str, digits: str = "4271") -> Challenge:
    words = CODE_WORDS[language]
    return Challenge(language=language, words=words, digits=digits, nonce="ab", issued_at=NOW)


def facts(language: str, relationship: Relationship = Relationship.SELF) -> StatementFacts:
    return StatementFacts(
        language=language,
        relationship=relationship,
        grantor_name="Ada {Lovelace}",
        household="Rosenhof",
        purposes=(Purpose.ANNOUNCEMENTS, Purpose.GREETINGS, Purpose.STORIES),
        today=date(2026, 11, 21),
        until=date(2027, 11, 21),
        devices=("Kitchen", "Nursery"),
        subject_name="Byron",
        kinship="daughter",
        died_on=date(2020, 1, 2),
    )


def said(language: str, relationship: Relationship = Relationship.SELF) -> Statement:
    return make_statement(facts(language, relationship), code(language))


def test_the_english_statement_says_all_that_was_agreed() -> None:
    assert said("en").text == (
        "I am Ada {Lovelace}. Today is Saturday, 21 November 2026. I agree that the home hub of "
        "Rosenhof makes and uses a synthetic copy of my voice for announcements, greetings and "
        "stories, only on these devices: Kitchen and Nursery, until 21 November 2027. I can "
        "withdraw this at any time and the copy is then destroyed. My code is river lemon 4 2 7 1."
    )


def test_the_chinese_statement_says_all_that_was_agreed() -> None:
    assert said("zh").text == (
        "我是Ada {Lovelace}。今天是2026年11月21日，星期六。我同意Rosenhof的家庭中枢"
        "生成并使用我声音的合成版本，仅用于播报通知、问候和讲故事，仅在这些设备播放：Kitchen和Nursery，有效期至"
        "2027年11月21日。我可以随时撤回同意，撤回后合成声音将被销毁。我的口令是苹果火车，4271。"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("relationship", Relationship)
def test_every_statement_is_filled_in_and_holds_the_code(
    language: str, relationship: Relationship
) -> None:
    statement = said(language, relationship)
    assert "Ada {Lovelace}" in statement.text
    assert re.search(r"\{(?!Lovelace)", statement.text) is None
    assert code(language).phrase in statement.text
    for word in ("Rosenhof", "2026", "2027", "Kitchen", "Nursery"):
        assert word in statement.text
    assert ("Byron" in statement.text) is (relationship is not Relationship.SELF)
    assert ("2020" in statement.text) is (relationship is Relationship.HEIR)


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_about_a_child_there_is_an_assent(language: str) -> None:
    assert "Byron" in (said(language, Relationship.GUARDIAN).assent or "")
    assert said(language).assent is None
    assert said(language, Relationship.HEIR).assent is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_devices_or_a_day_of_death_the_statement_is_still_a_sentence(language: str) -> None:
    bare = replace(facts(language, Relationship.HEIR), devices=(), died_on=None, kinship="")
    text = make_statement(bare, code(language)).text
    assert "None" not in text
    assert " ," not in text
    assert "daughter" not in text
    assert "Kitchen" not in text


@pytest.mark.parametrize("missing", ["grantor_name", "household", "subject_name"])
def test_a_statement_that_lacks_a_name_is_not_made(missing: str) -> None:
    whole = facts("en", Relationship.HEIR)
    with pytest.raises(ValueError, match=missing):
        make_statement(replace(whole, **{missing: ""}), code("en"))  # type: ignore[arg-type] # one of the texts


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("relationship", Relationship)
def test_a_written_consent_says_the_same_without_a_code(
    language: str, relationship: Relationship
) -> None:
    written = attestation(facts(language, relationship))
    spoken = said(language, relationship).text
    assert spoken.startswith(written)
    assert code(language).phrase not in written


def test_names_are_in_no_repr() -> None:
    challenge = code("en")
    for thing in (facts("en"), said("en", Relationship.GUARDIAN), challenge):
        assert not re.search("Ada|Byron|Rosenhof|daughter|river|4271", repr(thing))


@pytest.mark.parametrize(
    ("tag", "language"),
    [("de-AT", "de"), ("zh_CN", "zh"), ("cmn", "zh"), ("EN", "en"), ("fr", "en"), ("", "en")],
)
def test_a_tag_finds_its_language(tag: str, language: str) -> None:
    assert statement_language(tag) == language


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("relationship", Relationship)
def test_what_is_read_out_word_for_word_matches(language: str, relationship: Relationship) -> None:
    statement = said(language, relationship)
    heard = spoken_matches(statement, code(language), statement.text)
    assert heard.matches
    assert heard.wer == 0.0


SPOKEN = {
    "en": (
        "i am ada lovelace today is saturday the twenty first of november twenty twenty six i "
        "agree that the home hub of rosen hof makes and uses a synthetic copy of my voice for "
        "announcements greetings and stories only on these devices kitchen and nursery until "
        "november twenty one twenty twenty seven i can withdraw this at any time and the copy is "
        "then destroyed my code is river lemon four two seven one"
    ),
    "de": (
        "ich bin ada lovelace heute ist samstag der einundzwanzigste november "
        "zweitausendsechsundzwanzig ich bin einverstanden dass die hauszentrale von rosenhof eine "
        "künstliche kopie meiner stimme herstellt und verwendet für durchsagen begrüßungen und "
        "geschichten nur auf diesen geräten kitchen und nursery bis zum einundzwanzigsten november "
        "zweitausendsiebenundzwanzig ich kann das jederzeit widerrufen dann wird die kopie "
        "vernichtet mein code ist löwe garten vier zwo sieben eins"
    ),
    "es": (
        "soy ada lovelace hoy es sábado veintiuno de noviembre de dos mil veintiséis acepto que la "
        "central doméstica de rosenhof cree y use una copia sintética de mi voz para avisos "
        "saludos y cuentos solo en estos aparatos kitchen y nursery hasta el veintiuno de "
        "noviembre de dos mil veintisiete "
        "puedo retirar este permiso en cualquier momento y entonces la copia se "
        "destruye mi código es limon barco cuatro dos siete uno"
    ),
    "zh": (
        "我是ada lovelace今天是二零二六年十一月二十一日星期六我同意rosenhof的家庭中枢生成并使用"
        "我声音的合成版本仅用于播报通知问候和讲故事仅在这些设备播放kitchen和nursery有效期至二零二七年十一月二十一日我可以随时"
        "撤回同意撤回后合成声音将被销毁我的口令是苹果火车四二七幺"
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_may_be_heard_as_words(language: str) -> None:
    heard = spoken_matches(said(language), code(language), SPOKEN[language])
    assert heard.code_ok
    assert heard.wer < 0.12
    assert heard.matches


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wrong", ["4272", "427", "42711", "1724"])
def test_a_wrong_digit_is_a_wrong_code(language: str, wrong: str) -> None:
    statement = said(language)
    heard_text = statement.text.replace("4 2 7 1", wrong).replace("4271", wrong)
    heard = spoken_matches(statement, code(language), heard_text)
    assert heard.wer <= 0.25
    assert not heard.code_ok
    assert not heard.matches


@pytest.mark.parametrize("language", LANGUAGES)
def test_wrong_words_are_a_wrong_code(language: str) -> None:
    first, second = CODE_WORDS[language]
    text = said(language).text
    for heard in (text.replace(first, second), text.replace(second, ""), text.replace(first, "")):
        assert not spoken_matches(said(language), code(language), heard).code_ok


@pytest.mark.parametrize(
    "heard", ["river lemon 42 71", "River, lemon: 4-2-7-1!", "RIVER LEMON 4271"]
)
def test_the_code_may_be_written_in_any_way(heard: str) -> None:
    assert spoken_matches(said("en"), code("en"), f"my code is {heard}").code_ok


def test_the_code_alone_is_not_the_statement() -> None:
    heard = spoken_matches(said("en"), code("en"), "my code is river lemon 4271")
    assert heard.code_ok
    assert not heard.matches


def test_another_text_is_far_from_the_statement() -> None:
    others = {language: said(language).text for language in LANGUAGES}
    assert error_rate(others["en"], others["de"], "en") > 0.7
    heir = said("en", Relationship.HEIR).text
    assert error_rate(heir, "", "en") == 1.0
    assert error_rate(heir, "lorem ipsum " * 5000, "en") > 1.0


def test_a_quarter_of_the_words_may_be_misheard() -> None:
    reference = "one house two house green house red house"
    assert error_rate("a b c d", "a b c x", "en") == 0.25
    assert error_rate("a b c d", "a b c", "en") == 0.25
    assert error_rate("a b c d", "a b x c d", "en") == 0.25
    assert error_rate("你好世界", "你好视界", "zh") == 0.25
    assert error_rate(reference, reference.upper(), "en") == 0.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_words_enough_and_each_is_one_of_a_kind(language: str) -> None:
    words = WORDS[language]
    assert len(words) >= 64
    assert len({word.casefold() for word in words}) == len(words)
    assert not any(is_number(char, language) for word in words for char in (word, *word[:1]))
    if language == "zh":
        assert {len(word) for word in words} == {2}
        assert not any(is_number(char, "zh") for word in words for char in word)


@pytest.mark.parametrize("language", LANGUAGES)
def test_challenges_differ_and_can_be_answered(language: str) -> None:
    challenges = [new_challenge(language, NOW) for _ in range(50)]
    assert len({challenge.phrase for challenge in challenges}) > 45
    assert len({challenge.nonce for challenge in challenges}) == 50
    for challenge in challenges:
        assert challenge.words[0] != challenge.words[1]
        statement = make_statement(facts(language), challenge)
        assert spoken_matches(statement, challenge, statement.text).matches


@pytest.mark.parametrize("tag", ["de-at", "zh-CN", "es_MX", "fr", "en-gb"])
def test_any_tag_of_a_language_will_do(tag: str) -> None:
    challenge = new_challenge(tag, NOW)
    statement = make_statement(facts(tag), challenge)
    assert statement.language == challenge.language == statement_language(tag)
    assert spoken_matches(statement, challenge, statement.text).matches
    assert error_rate(statement.text, statement.text, tag) == 0.0


def test_a_challenge_is_good_for_five_minutes() -> None:
    challenge = new_challenge("en", NOW)
    challenge.require_valid(NOW)
    challenge.require_valid(NOW + timedelta(minutes=4, seconds=59))
    for at in (NOW + timedelta(minutes=5), NOW - timedelta(seconds=1)):
        with pytest.raises(ConsentRefusedError) as caught:
            challenge.require_valid(at)
        assert caught.value.reason == "challenge_expired"


def test_the_code_must_be_in_the_statements_language() -> None:
    with pytest.raises(ValueError, match="language"):
        make_statement(facts("en"), code("de"))
