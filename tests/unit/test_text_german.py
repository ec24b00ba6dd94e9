"""What German is read out as."""

import pytest

from hub_agent.text.normalise import normalise

CASES = [
    ("Es ist 21,5 °C.", "Es ist einundzwanzig Komma fünf Grad Celsius."),
    ("Es sind 21.5 °C", "Es sind einundzwanzig Komma fünf Grad Celsius"),
    ("-3 °C oder 1 °C", "minus drei Grad Celsius oder ein Grad Celsius"),
    ("1.234 Schritte", "eintausendzweihundertvierunddreißig Schritte"),
    ("1.234,56", "eintausendzweihundertvierunddreißig Komma fünf sechs"),
    ("1 234", "eintausendzweihundertvierunddreißig"),
    ("0,5", "null Komma fünf"),
    ("1000000", "eine Million"),
    ("1234567", "eins zwei drei vier fünf sechs sieben"),
    ("am 3. November", "am dritten November"),
    ("der 3. November", "der dritte November"),
    ("3. November 2026", "dritter November zweitausendsechsundzwanzig"),
    ("vom 3. bis 5. Mai", "vom dritten bis fünften Mai"),
    ("vom 3.-5. Mai", "vom dritten bis fünften Mai"),
    ("am 21.11.2026", "am einundzwanzigsten November zweitausendsechsundzwanzig"),
    ("am 21.11. kommt sie", "am einundzwanzigsten November kommt sie"),
    ("am 3. 11. 2026", "am dritten November zweitausendsechsundzwanzig"),
    ("Sa., 21.11.26", "Samstag, einundzwanzigster November zweitausendsechsundzwanzig"),
    ("2026-11-21", "einundzwanzigster November zweitausendsechsundzwanzig"),
    ("am 1. Jan. und am 7. Feb.", "am ersten Januar und am siebten Februar."),
    ("in der 3. Klasse", "in der dritten Klasse"),
    ("die 8. Klasse", "die achte Klasse"),
    ("im 1. Stock", "im ersten Stock"),
    ("der 100. Geburtstag", "der einhundertste Geburtstag"),
    ("Es ist 5. Die Tür ist zu.", "Es ist fünf. Die Tür ist zu."),
    ("7:30 Uhr", "sieben Uhr dreißig"),
    ("7.30 Uhr", "sieben Uhr dreißig"),
    ("um 7:30", "um sieben Uhr dreißig"),
    ("um 19:05 und um 1:00", "um neunzehn Uhr fünf und um ein Uhr"),
    ("1 Uhr", "ein Uhr"),
    ("8-9 Uhr", "acht bis neun Uhr"),
    ("z. B. Milch usw. Danach", "zum Beispiel Milch und so weiter. Danach"),
    ("z.B. und d. h. bzw. ca. 5", "zum Beispiel und das heißt beziehungsweise circa fünf"),
    ("Dr. Müller und Fr. Meier", "Doktor Müller und Frau Meier"),
    ("Hauptstr. 5, Nr. 7", "Hauptstraße fünf, Nummer sieben"),
    ("5,99 €", "fünf Euro neunundneunzig"),
    ("1 €, 0,99 €, 1,50 €", "ein Euro, neunundneunzig Cent, ein Euro fünfzig"),
    ("20 EUR, $5.99", "zwanzig Euro, fünf Dollar neunundneunzig"),
    ("5 Mio. €", "fünf Millionen Euro"),
    ("1 Mio. Menschen", "eine Million Menschen"),
    ("0,30 €/kWh", "dreißig Cent pro Kilowattstunde"),
    ("in 1 Stunde", "in einer Stunde"),
    ("nach 1 Tag", "nach einem Tag"),
    ("noch 1 Minute", "noch eine Minute"),
    ("in 1 h, 2 h", "in einer Stunde, zwei Stunden"),
    ("1 Lampe, 1 Apfel", "eine Lampe, ein Apfel"),
    ("101 km", "einhundertein Kilometer"),
    ("5 km/h", "fünf Kilometer pro Stunde"),
    ("3,5 kWh und 60 W", "drei Komma fünf Kilowattstunden und sechzig Watt"),
    ("20 m², 12 µg/m³", "zwanzig Quadratmeter, zwölf Mikrogramm pro Kubikmeter"),
    ("1013 hPa", "eintausenddreizehn Hektopascal"),
    ("50 % und 50%ige", "fünfzig Prozent und fünfzigprozentige"),
    ("2-mal, 3fach, 90er Jahre", "zweimal, dreifach, neunziger Jahre"),
    ("1999", "neunzehnhundertneunundneunzig"),
    ("im Jahr 1850", "im Jahr achtzehnhundertfünfzig"),
    ("1500 W", "eintausendfünfhundert Watt"),
    ("5-7 °C", "fünf bis sieben Grad Celsius"),
    ("Es endet 2:1", "Es endet zwei zu eins"),
    ("1/2, 3/4, 1 1/2, 7/8", "ein halb, drei Viertel, eineinhalb, sieben Achtel"),
    ("+49 170 123", "plus vier neun, eins sieben null, eins zwei drei"),
    ("0170 12345", "null eins sieben null, eins zwei drei vier fünf"),
    ("192.168.1.1", "eins neun zwei Punkt eins sechs acht Punkt eins Punkt eins"),
    ("www.example.com", "example Punkt com"),
    ("Zimmer 1 und Stufe 1.", "Zimmer eins und Stufe eins."),
    ("5 Min. noch", "fünf Minuten noch"),
    ("2 x 3 = 6", "zwei mal drei gleich sechs"),
    ("Tom & Anna", "Tom und Anna"),
    ("<b>Hallo</b> 🎉", "Hallo"),
    ("u\u0308ber", "über"),
]


@pytest.mark.parametrize(("written", "spoken"), CASES)
def test_german_is_read_out_as_people_say_it(written: str, spoken: str) -> None:
    assert normalise(written, "de-DE") == spoken


@pytest.mark.parametrize("spoken", sorted({spoken for _, spoken in CASES}))
def test_what_was_read_out_once_stays_as_it_is(spoken: str) -> None:
    assert normalise(spoken, "de") == spoken


@pytest.mark.parametrize(
    ("number", "ordinal"),
    [
        (1, "erste"),
        (3, "dritte"),
        (7, "siebte"),
        (8, "achte"),
        (11, "elfte"),
        (19, "neunzehnte"),
        (20, "zwanzigste"),
        (21, "einundzwanzigste"),
        (101, "einhunderterste"),
    ],
)
def test_german_ordinals_are_formed_by_rule(number: int, ordinal: str) -> None:
    assert normalise(f"die {number}. Frage", "de") == f"die {ordinal} Frage"
