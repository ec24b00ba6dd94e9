"""There is one way to voice data, and consent stands in it."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import voices
from tests.soak.family_cycles import run
from voices.consent.policy import CarePermit, Permit

# What may return voice data, and why that needs nobody's consent. All else is refused below.
WITHOUT_A_VAULT = {
    "voices.transfer.read_export": "opens a file by its own passphrase; no consent comes with it",
    "voices.transfer.ExportedVoice": "what such a file held",
    "voices.vault.encoding.decode": "bytes that were decrypted already",
    "voices.vault.parts.open_part": "needs the key of the voice",
}
WITH_A_PERMIT = {
    "voices.household.Household.read": "takes only permits that the policy made",
    "voices.household.Household.phrases": "as above",
    "voices.vault.store.Store.read": "as above; only voices imports it",
    "voices.vault.loading.load_part": "needs the opened vault, which only the store has",
}
ASKS_ITSELF = {
    "voices.family.FamilyVoices.open_voice": "every reason: test_family_voices",
    "voices.family.FamilyVoices.open_phrases": "as above, in the same function: test_phrases",
    "voices.keeper.VoiceKeeper.recordings": "only while consent is in force: test_keeper",
    "voices.keeper.VoiceKeeper.contents": "only while consent is in force: test_keeper",
}
SUSPECT = ("voices.payload.Payload", "ExportedVoice", "voices.phrases.Phrases")


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(voices.__path__, "voices."):
        yield importlib.import_module(found.name)


def public_callables() -> Iterator[tuple[str, object]]:
    for module in modules():
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", "") != module.__name__:
                continue
            if inspect.isfunction(thing):
                yield f"{module.__name__}.{name}", thing
            elif inspect.isclass(thing):
                yield from methods(f"{module.__name__}.{name}", thing)


def methods(name: str, kind: type) -> Iterator[tuple[str, object]]:
    for own, thing in vars(kind).items():
        function = thing.fget if isinstance(thing, property) else thing
        function = getattr(function, "__func__", function)
        if not own.startswith("_") and inspect.isfunction(function):
            yield f"{name}.{own}", function


def gives_voice_data(function: object) -> bool:
    returned = str(getattr(function, "__annotations__", {}).get("return", ""))
    return any(suspect in returned for suspect in SUSPECT)


def test_whatever_hands_out_voice_data_is_known_and_asks() -> None:
    known = {*WITHOUT_A_VAULT, *WITH_A_PERMIT, *ASKS_ITSELF}
    found = {name for name, function in public_callables() if gives_voice_data(function)}
    assert found - known == set()
    assert {*WITH_A_PERMIT, *ASKS_ITSELF} <= found


def test_embeddings_are_compared_and_never_handed_out() -> None:
    keeper = {name for name, _ in public_callables() if name.startswith("voices.keeper.")}
    assert "voices.keeper.VoiceKeeper.embedding" not in keeper
    assert "voices.keeper.VoiceKeeper.require_same" in keeper


@pytest.mark.parametrize("kind", [Permit, CarePermit])
def test_a_permit_cannot_be_made_by_hand(kind: type) -> None:
    fields = {"voice_id": "a" * 32, "consent_id": "b" * 32, "seal": object()}
    if kind is Permit:
        fields["valid_until"] = object()
    with pytest.raises(TypeError, match="policy"):
        kind(**fields)


def test_only_policy_knows_the_seal_and_only_voices_the_store() -> None:
    root = Path(voices.__file__).parents[1]
    for path in [*root.glob("hub_agent/**/*.py"), *root.glob("integrations/**/*.py")]:
        if "custom_components" in path.parts:  # runs in Home Assistant, in its Python
            continue
        names = {name for name in imported(path) if name.startswith("voices.vault.store")}
        assert names == set(), path
    texts = {path.name: path.read_text() for path in root.glob("voices/**/*.py")}
    assert [name for name, text in texts.items() if re.search(r"\b_SEAL\b", text)] == ["policy.py"]


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_cycles_of_enrolling_and_withdrawing_leave_nothing_but_records(tmp_path: Path) -> None:
    course = run(tmp_path, 16)
    assert course.findings == 0
    assert course.files == 0
    assert course.members == 8
    assert course.descriptors[-1] == course.descriptors[3]
    assert course.threads[-1] == course.threads[0]
