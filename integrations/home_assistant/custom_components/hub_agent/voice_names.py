"""Voices as people pick them from a list."""

from collections.abc import Iterable, Sequence

from homeassistant.util.language import matches

from .models import Voice


def languages_of(voices: Iterable[Voice]) -> list[str]:
    """Every language that any of them speaks, sorted."""
    return sorted({language for voice in voices for language in voice.languages})


def best_language(wanted: str, country: str | None, languages: Sequence[str]) -> str | None:
    """The one nearest to what is wanted, None where none is near."""
    return next(iter(matches(wanted, languages, country)), None)


def speaking(voices: Iterable[Voice], language: str) -> list[Voice]:
    """Those that speak a language, or a language near to it; the family first."""
    return [voice for voice in family_first(voices) if matches(language, voice.languages)]


def nearest_first(voices: Iterable[Voice], language: str) -> list[Voice]:
    """The family first, then those that speak a language, then the others."""

    def distance(voice: Voice) -> int:
        return 0 if voice.family else 1 if matches(language, voice.languages) else 2

    return sorted(family_first(voices), key=distance)


def family_first(voices: Iterable[Voice]) -> list[Voice]:
    """Sorted by name; the household's own people before the others."""
    return sorted(voices, key=lambda voice: (not voice.family, voice.name.casefold(), voice.id))


def unique_names(voices: Iterable[Voice]) -> dict[str, str]:
    """Id → a name that only this voice has, in the order given."""
    names: dict[str, str] = {}
    for voice in voices:
        taken = voice.name in names.values()
        names[voice.id] = f"{voice.name} ({voice.id})" if taken else voice.name
    return names
