"""From text to the phones of a GPT-SoVITS v2 model: Mandarin, Cantonese, Japanese, Korean, English.

What official inference does to text (RVC-Boss/GPT-SoVITS at 48b1a016) is the measure: the same
table, the same marks, the same minimum lengths. A reader is imported when its language is spoken.
"""

from hub_agent.phones.frontend import LANGUAGES, phones_of
from hub_agent.phones.phones import Note, Part, Phones

__all__ = ["LANGUAGES", "Note", "Part", "Phones", "phones_of"]
