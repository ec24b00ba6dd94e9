"""The statement of a consent that is given in writing, where nobody reads anything aloud."""

from voices.consent.statements import StatementFacts, statement_text


def attestation(facts: StatementFacts) -> str:
    """What the one who agrees puts their name to: the statement, without the code of a spoken one.

    ValueError when a name it needs is missing.
    """
    return statement_text(facts)
