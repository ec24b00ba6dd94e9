"""English words written alike and said apart: which one it is, from the word before.

Without a tagger: a noun stands after an article or a possessive, a verb after `to`, a pronoun or
an auxiliary. The first reading is taken where neither is certain.
"""

from dataclasses import dataclass

from hub_agent.text.tables import word_set

_BEFORE_VERBS = word_set(
    """
    to will would can could shall should may might must do does did don't doesn't didn't won't can't
    couldn't shouldn't please let's i you we they who not never and'll i'll you'll we'll they'll
    """
)
_BEFORE_NOUNS = word_set(
    """
    a an the this that these those my your his her its our their no some any every each new old
    of for in on with by next last first
    """
)
_BEFORE_PAST = word_set(
    """
    have has had having i've you've we've they've he's she's been was were is are be being already
    """
)


@dataclass(frozen=True, slots=True)
class Homograph:
    """Readings in ARPAbet; `verb` and `noun` where they differ from `usual`."""

    usual: str
    verb: str = ""
    noun: str = ""
    past: str = ""

    def after(self, word: str) -> list[str]:
        """The phones after the word before, in lower case."""
        for reading, words in (
            (self.past, _BEFORE_PAST),
            (self.verb, _BEFORE_VERBS),
            (self.noun, _BEFORE_NOUNS),
        ):
            if reading and word in words:
                return reading.split()
        return self.usual.split()


HOMOGRAPHS = {
    "abuse": Homograph("AH0 B Y UW1 S", verb="AH0 B Y UW1 Z"),
    "close": Homograph("K L OW1 Z", noun="K L OW1 S", past="K L OW1 S"),
    "conduct": Homograph("K AA1 N D AH0 K T", verb="K AH0 N D AH1 K T"),
    "conflict": Homograph("K AA1 N F L IH0 K T", verb="K AH0 N F L IH1 K T"),
    "contract": Homograph("K AA1 N T R AE2 K T", verb="K AH0 N T R AE1 K T"),
    "decrease": Homograph("D IH0 K R IY1 S", noun="D IY1 K R IY2 S"),
    "excuse": Homograph("IH0 K S K Y UW1 Z", noun="IH0 K S K Y UW1 S"),
    "export": Homograph("EH1 K S P AO0 R T", verb="IH0 K S P AO1 R T"),
    "house": Homograph("HH AW1 S", verb="HH AW1 Z"),
    "import": Homograph("IH1 M P AO2 R T", verb="IH2 M P AO1 R T"),
    "increase": Homograph("IH0 N K R IY1 S", noun="IH1 N K R IY2 S"),
    "insult": Homograph("IH1 N S AH2 L T", verb="IH2 N S AH1 L T"),
    "lead": Homograph("L IY1 D"),
    "live": Homograph("L AY1 V", verb="L IH1 V"),
    "object": Homograph("AA1 B JH EH0 K T", verb="AH0 B JH EH1 K T"),
    "permit": Homograph("P ER1 M IH2 T", verb="P ER0 M IH1 T"),
    "present": Homograph("P R EH1 Z AH0 N T", verb="P R IY0 Z EH1 N T"),
    "produce": Homograph("P R AH0 D UW1 S", noun="P R OW1 D UW0 S"),
    "progress": Homograph("P R AA1 G R EH2 S", verb="P R AH0 G R EH1 S"),
    "project": Homograph("P R AA1 JH EH0 K T", verb="P R AH0 JH EH1 K T"),
    "protest": Homograph("P R OW1 T EH2 S T", verb="P R AH0 T EH1 S T"),
    "read": Homograph("R IY1 D", past="R EH1 D"),
    "rebel": Homograph("R EH1 B AH0 L", verb="R IH0 B EH1 L"),
    "record": Homograph("R AH0 K AO1 R D", noun="R EH1 K ER0 D"),
    "refund": Homograph("R IY1 F AH2 N D", verb="R IH0 F AH1 N D"),
    "refuse": Homograph("R AH0 F Y UW1 Z", noun="R EH1 F Y UW2 Z"),
    "reject": Homograph("R IH0 JH EH1 K T", noun="R IY1 JH EH0 K T"),
    "separate": Homograph("S EH1 P ER0 IH0 T", verb="S EH1 P ER0 EY2 T"),
    "subject": Homograph("S AH1 B JH IH0 K T", verb="S AH0 B JH EH1 K T"),
    "tear": Homograph("T EH1 R", noun="T IH1 R"),
    "use": Homograph("Y UW1 Z", noun="Y UW1 S"),
    "wind": Homograph("W IH1 N D", verb="W AY1 N D"),
    "wound": Homograph("W UW1 N D", past="W AW1 N D"),
}
