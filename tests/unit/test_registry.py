"""A known voice is recognised, also after it was withdrawn, and nobody can be rebuilt from that."""

from pathlib import Path

import numpy as np
import pytest

from tests.fakes.household import Home, embedding, enrol, near, record, reopen
from voices.consent.people import Level, Relationship
from voices.errors import EnrolmentRefusedError
from voices.registry import nearest, template_of

SECRET, OTHER = bytes(range(32)), bytes(range(1, 33))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_templates_resemble_each_other_as_the_voices_do() -> None:
    one = embedding(1)
    for wanted in (-0.5, 0.0, 0.7, 0.75, 0.99):
        other = near(one, wanted)
        [found] = nearest(template_of(one, SECRET), {"k": template_of(other, SECRET)})
        assert found.cosine == pytest.approx(float(one @ other), abs=1e-5)


def test_a_template_tells_nothing_without_the_key() -> None:
    one = embedding(1)
    assert abs(float(template_of(one, SECRET) @ one)) < 0.3
    assert abs(float(template_of(one, SECRET) @ template_of(one, OTHER))) < 0.3


def test_only_embeddings_have_templates() -> None:
    with pytest.raises(ValueError, match="256"):
        template_of(embedding(1)[:255], SECRET)


@pytest.mark.parametrize(("cosine", "refused"), [(0.80, True), (0.751, True), (0.74, False)])
def test_a_voice_near_an_enrolled_one_is_refused(home: Home, cosine: float, refused: bool) -> None:
    like = near(embedding(1), cosine)
    if not refused:
        enrol(home.household, 5, id="bert", name="Bert", like=like)
        return
    with pytest.raises(EnrolmentRefusedError) as caught:
        enrol(home.household, 5, id="bert", name="Bert", like=like)
    assert caught.value.reason == "already_enrolled"
    assert len(reopen(home.root).members()) == 1


def test_a_withdrawn_voice_cannot_be_enrolled_by_somebody_else(home: Home) -> None:
    home.keeper.revoke(home.member)
    for same_person in (None, "grandma", "somebody"):
        with pytest.raises(EnrolmentRefusedError) as caught:
            enrol(
                home.household,
                5,
                id="bert",
                name="Bert",
                like=near(embedding(1), 0.8),
                same_person=same_person,
            )
        assert caught.value.reason == "voice_withdrawn"


@pytest.mark.parametrize(
    ("level", "role", "same_person", "allowed"),
    [
        (Level.VERIFIED, Relationship.SELF, "grandma", True),
        (Level.ATTESTED, Relationship.SELF, "grandma", False),
        (Level.VERIFIED, Relationship.GUARDIAN, "grandma", False),
        (Level.VERIFIED, Relationship.SELF, "bert", False),
        (Level.VERIFIED, Relationship.SELF, None, False),
    ],
)
def test_only_the_person_themself_can_come_back(
    home: Home, level: Level, role: Relationship, same_person: str | None, allowed: bool
) -> None:
    home.keeper.revoke(home.member)
    consent = record(home.household, level=level, role=role)
    refusal = None
    try:
        enrol(home.household, 1, id="again", consent=consent, same_person=same_person)
    except EnrolmentRefusedError as error:
        refusal = error.reason
    assert refusal == (None if allowed else "voice_withdrawn")


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, 5.0])
def test_what_is_no_direction_is_no_voice(home: Home, value: float) -> None:
    like = np.full(256, value, np.float32)
    with pytest.raises(EnrolmentRefusedError) as caught:
        enrol(home.household, 5, id="bert", name="Bert", like=like)
    assert caught.value.reason == "bad_embedding"
