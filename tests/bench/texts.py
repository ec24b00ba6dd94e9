"""Texts of an exact number of words, the same on every run."""

from itertools import cycle, islice

_SENTENCE = (
    "the front door has been open for a while now and it is getting cold in the hall so please "
    "close it when you come by and tell the others that dinner will be ready in about twenty "
    "minutes because the oven is already warm and the table still has to be set for six people "
    "and somebody should also take the dog for a short walk before it starts to rain again"
)
_SHORT_WORDS = "we go up to the top and you can see it all day so let us sit in the sun"
_WORDS_A_SENTENCE = 12


def one_sentence(num_words: int) -> str:
    """One sentence without a comma: the worst case for anything that splits text."""
    words = list(islice(cycle(_SENTENCE.split()), num_words))
    return " ".join([words[0].capitalize(), *words[1:]]) + "."


def several_sentences(num_words: int) -> str:
    """The same words in sentences of twelve: the best case for a splitter at full stops."""
    words = list(islice(cycle(_SENTENCE.split()), num_words))
    parts = [words[i : i + _WORDS_A_SENTENCE] for i in range(0, num_words, _WORDS_A_SENTENCE)]
    return " ".join(" ".join([part[0].capitalize(), *part[1:]]) + "." for part in parts)


def short_words(num_words: int) -> str:
    """Sentences of short words, so that 2000 of them still fit into one MQTT payload."""
    words = list(islice(cycle(_SHORT_WORDS.split()), num_words))
    parts = [words[i : i + _WORDS_A_SENTENCE] for i in range(0, num_words, _WORDS_A_SENTENCE)]
    return " ".join(" ".join(part) + "." for part in parts)
