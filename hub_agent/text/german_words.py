"""What German writes short and how it is read."""

from hub_agent.text.rules import Unit
from hub_agent.text.tables import word_set

MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)
SHORT_MONTHS = {
    "Jan": 1,
    "Jänner": 1,
    "Feb": 2,
    "Febr": 2,
    "Mrz": 3,
    "Mär": 3,
    "Apr": 4,
    "Jun": 6,
    "Jul": 7,
    "Aug": 8,
    "Sep": 9,
    "Sept": 9,
    "Okt": 10,
    "Nov": 11,
    "Dez": 12,
}
ABBREVIATIONS = {
    "z. B.": "zum Beispiel",
    "z.B.": "zum Beispiel",
    "Z. B.": "Zum Beispiel",
    "Z.B.": "Zum Beispiel",
    "d. h.": "das heißt",
    "d.h.": "das heißt",
    "u. a.": "unter anderem",
    "u.a.": "unter anderem",
    "v. a.": "vor allem",
    "v.a.": "vor allem",
    "i. d. R.": "in der Regel",
    "i.d.R.": "in der Regel",
    "n. Chr.": "nach Christus",
    "v. Chr.": "vor Christus",
    "bzw.": "beziehungsweise",
    "ca.": "circa",
    "Dr.": "Doktor",
    "Hr.": "Herr",
    "Hrn.": "Herrn",
    "Prof.": "Professor",
    "Dipl.": "Diplom",
    "Ing.": "Ingenieur",
    "Nr.": "Nummer",
    "Nrn.": "Nummern",
    "Tel.": "Telefon",
    "St.": "Sankt",
    "evtl.": "eventuell",
    "ggf.": "gegebenenfalls",
    "inkl.": "inklusive",
    "exkl.": "exklusive",
    "zzgl.": "zuzüglich",
    "max.": "maximal",
    "min.": "minimal",
    "mind.": "mindestens",
    "vgl.": "vergleiche",
    "sog.": "sogenannte",
    "geb.": "geboren",
    "allg.": "allgemein",
    "Abs.": "Absatz",
    "Art.": "Artikel",
    "Kap.": "Kapitel",
    "Bd.": "Band",
}
"""Never the end of a sentence."""

CLOSING_ABBREVIATIONS = {
    "usw.": "und so weiter",
    "u. s. w.": "und so weiter",
    "etc.": "et cetera",
    "o. ä.": "oder ähnliches",
    "o.ä.": "oder ähnliches",
    "o. Ä.": "oder Ähnliches",
    "u. v. m.": "und vieles mehr",
    "u.v.m.": "und vieles mehr",
    "Std.": "Stunden",
    "Min.": "Minuten",
    "Sek.": "Sekunden",
    "Mio.": "Millionen",
    "Mrd.": "Milliarden",
    "Str.": "Straße",
    "Pkt.": "Punkte",
    "Temp.": "Temperatur",
}
"""The end of a sentence when the beginning of another follows."""

WEEKDAYS = {
    "Mo.": "Montag",
    "Di.": "Dienstag",
    "Mi.": "Mittwoch",
    "Do.": "Donnerstag",
    "Fr.": "Freitag",
    "Sa.": "Samstag",
    "So.": "Sonntag",
}
"""Weekdays only before a date: elsewhere Fr. is Frau and So. a word."""

SENTENCE_STARTERS = word_set(
    "der die das den dem des ein eine einen einem einer es er sie wir ihr ich du man dies diese "
    "dieser dieses bitte und oder aber denn wenn dann danach heute morgen gestern jetzt nun so "
    "hier da dort alle alles nicht noch nur auch in im am an auf aus bei mit nach von vom vor zu "
    "zum zur um für ohne gegen durch bis seit ab wer was wo wie wann warum welche welcher welches "
    "ist sind hat haben kann soll muss mein meine dein deine sein seine unser unsere kein keine "
    "guten gute hallo achtung danke ja nein ok okay gibt komm kommt geh mach macht vergiss "
    "draußen drinnen außerdem deshalb trotzdem später bald als ob dass weil falls sobald"
)
"""What begins a sentence although it stands after a number and a dot."""

FEMININE_ENDINGS = (
    "ung",
    "heit",
    "keit",
    "ion",
    "schaft",
    "tät",
    "ei",
    "in",
    "e",
    "ur",
    "ik",
    "anz",
)
FEMININE = word_set(
    "Person Nachricht Tür Uhr Zahl Wahl Nacht Stadt Hand Frau Tochter Schwester Mutter Woche Bahn "
    "Milch Butter Zeit Luft Wand Bank Post Schulter Nummer Leiter Feder Ader Million Milliarde"
)
NOT_FEMININE = word_set(
    "Name Junge Käse Ende Auge Kaffee Gebäude Termin Wein Stein Bein Schein Verein Kamin Benzin "
    "Magazin Ei Brei Geräte Gemüse Getränke Gelände Interesse Abitur Kollege Kunde"
)
DATIVE = frozenset({"in", "nach", "vor", "seit", "mit", "bei", "von", "aus", "zu", "ab"})


def _grad(name: str) -> Unit:
    return Unit(f"ein Grad{name}", f"Grad{name}", f"Grad{name}")


def _same(name: str) -> Unit:
    return Unit(f"ein {name}", name, name)


def _fem(one: str, many: str | None = None) -> Unit:
    return Unit(f"eine {one}", many or f"{one}n", one)


UNITS = {
    "°C": _grad(" Celsius"),
    "° C": _grad(" Celsius"),
    "°F": _grad(" Fahrenheit"),
    "° F": _grad(" Fahrenheit"),
    "°": _grad(""),
    "%": _same("Prozent"),
    "‰": _same("Promille"),
    "ppm": _same("ppm"),
    "km": _same("Kilometer"),
    "m": _same("Meter"),
    "dm": _same("Dezimeter"),
    "cm": _same("Zentimeter"),
    "mm": _same("Millimeter"),
    "μm": _same("Mikrometer"),
    "nm": _same("Nanometer"),
    "km²": _same("Quadratkilometer"),
    "m²": _same("Quadratmeter"),
    "qm": _same("Quadratmeter"),
    "cm²": _same("Quadratzentimeter"),
    "mm²": _same("Quadratmillimeter"),
    "ha": _same("Hektar"),
    "m³": _same("Kubikmeter"),
    "cm³": _same("Kubikzentimeter"),
    "l": _same("Liter"),
    "L": _same("Liter"),
    "dl": _same("Deziliter"),
    "cl": _same("Zentiliter"),
    "ml": _same("Milliliter"),
    "mL": _same("Milliliter"),
    "t": _fem("Tonne"),
    "kg": _same("Kilogramm"),
    "g": _same("Gramm"),
    "mg": _same("Milligramm"),
    "μg": _same("Mikrogramm"),
    "h": _fem("Stunde"),
    "Std.": _fem("Stunde"),
    "Std": _fem("Stunde"),
    "min": _fem("Minute"),
    "Min.": _fem("Minute"),
    "Min": _fem("Minute"),
    "s": _fem("Sekunde"),
    "sek": _fem("Sekunde"),
    "Sek.": _fem("Sekunde"),
    "Sek": _fem("Sekunde"),
    "ms": _fem("Millisekunde"),
    "μs": _fem("Mikrosekunde"),
    "kn": Unit("ein Knoten", "Knoten", "Knoten"),
    "mph": Unit("eine Meile pro Stunde", "Meilen pro Stunde", "Meile"),
    "W": _same("Watt"),
    "kW": _same("Kilowatt"),
    "MW": _same("Megawatt"),
    "GW": _same("Gigawatt"),
    "Wh": _fem("Wattstunde"),
    "kWh": _fem("Kilowattstunde"),
    "MWh": _fem("Megawattstunde"),
    "V": _same("Volt"),
    "mV": _same("Millivolt"),
    "kV": _same("Kilovolt"),
    "A": _same("Ampere"),
    "mA": _same("Milliampere"),
    "Ah": _fem("Amperestunde"),
    "mAh": _fem("Milliamperestunde"),
    "Ω": _same("Ohm"),
    "kΩ": _same("Kiloohm"),
    "J": _same("Joule"),
    "kJ": _same("Kilojoule"),
    "kcal": _fem("Kilokalorie"),
    "N": _same("Newton"),
    "Nm": _same("Newtonmeter"),
    "K": _same("Kelvin"),
    "Pa": _same("Pascal"),
    "hPa": _same("Hektopascal"),
    "kPa": _same("Kilopascal"),
    "mbar": _same("Millibar"),
    "bar": _same("Bar"),
    "Hz": _same("Hertz"),
    "kHz": _same("Kilohertz"),
    "MHz": _same("Megahertz"),
    "GHz": _same("Gigahertz"),
    "dB": _same("Dezibel"),
    "lx": _same("Lux"),
    "lm": _same("Lumen"),
    "kB": _same("Kilobyte"),
    "KB": _same("Kilobyte"),
    "MB": _same("Megabyte"),
    "GB": _same("Gigabyte"),
    "TB": _same("Terabyte"),
    "kbit": _same("Kilobit"),
    "Mbit": _same("Megabit"),
    "Gbit": _same("Gigabit"),
    "ct": _same("Cent"),
    "Ct": _same("Cent"),
}
SPACED_UNITS = frozenset({"A", "K", "N", "J", "t", "L", "V", "W", "s"})
"""Only with a blank before: 4K, 5A and the like are names."""

CURRENCIES = {
    "€": ("Euro", "Cent"),
    "EUR": ("Euro", "Cent"),
    "Euro": ("Euro", "Cent"),
    "$": ("Dollar", "Cent"),
    "US$": ("US-Dollar", "Cent"),
    "USD": ("US-Dollar", "Cent"),
    "£": ("Pfund", "Pence"),
    "GBP": ("Pfund", "Pence"),
    "CHF": ("Franken", "Rappen"),
    "¥": ("Yen", ""),
    "JPY": ("Yen", ""),
    "CNY": ("Yuan", ""),
    "₹": ("Rupien", ""),
    "₽": ("Rubel", ""),
    "₩": ("Won", ""),
    "₿": ("Bitcoin", ""),
}
MAGNITUDES = {
    "Mio.": ("eine Million", "Millionen"),
    "Mio": ("eine Million", "Millionen"),
    "Million": ("eine Million", "Millionen"),
    "Millionen": ("eine Million", "Millionen"),
    "Mrd.": ("eine Milliarde", "Milliarden"),
    "Mrd": ("eine Milliarde", "Milliarden"),
    "Milliarde": ("eine Milliarde", "Milliarden"),
    "Milliarden": ("eine Milliarde", "Milliarden"),
    "Tsd.": ("eintausend", "tausend"),
}
SYMBOLS = {
    "&": "und",
    "@": "at",
    "×": "mal",
    "÷": "geteilt durch",
    "=": "gleich",
    "≠": "ungleich",
    "≈": "ungefähr",
    "±": "plus minus",
    "≤": "höchstens",
    "≥": "mindestens",
    "§": "Paragraf",
    "№": "Nummer",
    "°": "Grad",
    "%": "Prozent",
    "‰": "Promille",
    "²": "Quadrat",
    "³": "hoch drei",
    "€": "Euro",
    "£": "Pfund",
    "¥": "Yen",
    "→": "nach",
    "©": "",
    "®": "",
    "™": "",
}
