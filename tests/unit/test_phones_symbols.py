"""The phone table is the one the models were trained with."""

import hashlib

import pytest

from hub_agent.phones.symbols import ID_OF, SYMBOLS, ids_of

GOLDEN_SHA256 = "0771f6cd6f6201e8c2b0de921dc69cc04caf3f346c599d4a41413967d5674da7"


def test_the_table_is_the_official_one_row_for_row() -> None:
    assert len(SYMBOLS) == len(set(SYMBOLS)) == 732
    assert hashlib.sha256("\n".join(SYMBOLS).encode()).hexdigest() == GOLDEN_SHA256


@pytest.mark.parametrize(
    ("symbol", "row"), [("!", 0), ("UNK", 86), ("…", 321), ("[", 322), ("ㄱ", 324), ("Yz", 731)]
)
def test_a_symbol_has_the_row_it_had_in_training(symbol: str, row: int) -> None:
    assert ID_OF[symbol] == row
    assert ids_of([symbol, symbol]).tolist() == [row, row]
