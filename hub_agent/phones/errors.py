"""What keeps a text from being read at all; a text itself never does."""

from hub_agent.errors import NotFoundError, UnavailableError


class ReaderMissingError(UnavailableError):
    """The reader of a language is not installed."""

    reason = "reader_missing"
    retry = False

    def __init__(self, language: str) -> None:
        super().__init__(
            f"the reader for the language '{language}' is not installed",
            hint=f"pip install 'hub-agent[{language}]'",
        )


class LanguageNotReadError(NotFoundError):
    """A language that these models do not speak."""

    reason = "language_not_read"


class DictionaryNotUnpackedError(UnavailableError):
    """A dictionary that has to be unpacked before its first use could not be."""

    reason = "dictionary_not_unpacked"
    retry = False
