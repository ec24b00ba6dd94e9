"""What English is read out as."""

import pytest

from hub_agent.text.normalise import normalise

CASES = [
    ("It is 21.5 °C.", "It is twenty one point five degrees Celsius."),
    ("-3°F outside", "minus three degrees Fahrenheit outside"),
    ("1 °C or 2 °C", "one degree Celsius or two degrees Celsius"),
    ("turn by 90°", "turn by ninety degrees"),
    ("0.5, -0.5 and .5", "zero point five, minus zero point five and zero point five"),
    ("1,234 steps", "one thousand two hundred thirty four steps"),
    ("12,345,678", "twelve million three hundred forty five thousand six hundred seventy eight"),
    ("1 234 567", "one million two hundred thirty four thousand five hundred sixty seven"),
    ("1,234.56", "one thousand two hundred thirty four point five six"),
    ("0 and 100", "zero and one hundred"),
    ("1000000", "one million"),
    ("1234567", "one two three four five six seven"),
    ("1st, 2nd, 3rd and 4th", "first, second, third and fourth"),
    ("the 21st and the 112th", "the twenty first and the one hundred twelfth"),
    ("at 7:30", "at seven thirty"),
    ("at 7:30 pm", "at seven thirty PM"),
    ("at 7:30 p.m. Dinner", "at seven thirty PM. Dinner"),
    ("at 7 p.m. sharp", "at seven PM sharp"),
    ("5am", "five AM"),
    ("at 7:00", "at seven o'clock"),
    ("at 7:05", "at seven oh five"),
    ("at 19:05", "at nineteen oh five"),
    ("at 0:00", "at midnight"),
    ("from 9:00-17:30", "from nine o'clock to seventeen thirty"),
    ("12:30:15", "twelve thirty and fifteen seconds"),
    ("2026-11-21", "November twenty first, twenty twenty six"),
    ("2026-11-21T07:30:00Z", "November twenty first, twenty twenty six, seven thirty"),
    ("11/21/2026", "November twenty first, twenty twenty six"),
    ("Nov. 21, 2026", "November twenty first, twenty twenty six"),
    ("on May 5", "on May fifth"),
    ("on 21 November 2026", "on the twenty first of November twenty twenty six"),
    ("the 3rd of May", "the third of May"),
    ("in March 1999", "in March nineteen ninety nine"),
    ("in 2005", "in two thousand five"),
    ("since 1905", "since nineteen oh five"),
    ("in 1500 meters", "in one thousand five hundred meters"),
    ("the 1990s and the 80s", "the nineteen nineties and the eighties"),
    ("50% or 100 %", "fifty percent or one hundred percent"),
    ("5 km/h", "five kilometers per hour"),
    ("1 km/h", "one kilometer per hour"),
    ("3.5 kWh", "three point five kilowatt hours"),
    ("60W", "sixty watts"),
    ("a 5-km run", "a five kilometer run"),
    ("20 m² or 5 m2", "twenty square meters or five square meters"),
    ("1 kg, 2 kg", "one kilogram, two kilograms"),
    ("5 mm of rain", "five millimeters of rain"),
    ("2 l", "two liters"),
    ("12 µg/m³", "twelve micrograms per cubic meter"),
    ("1013 hPa", "one thousand thirteen hectopascals"),
    ("5 min. left", "five minutes left"),
    ("1 min", "one minute"),
    ("$5.99", "five dollars and ninety nine cents"),
    ("$1, $1.01, $0.99", "one dollar, one dollar and one cent, ninety nine cents"),
    ("£3.20", "three pounds and twenty pence"),
    ("€5 or 5 €", "five euros or five euros"),
    ("20 EUR", "twenty euros"),
    ("¥500", "five hundred yen"),
    ("$5 million", "five million dollars"),
    ("$0.30/kWh", "thirty cents per kilowatt hour"),
    ("-$5", "minus five dollars"),
    ("5-7 days", "five to seven days"),
    ("5–7 °C", "five to seven degrees Celsius"),
    ("-5 to -7", "minus five to minus seven"),
    ("1/2 and 3/4", "one half and three quarters"),
    ("1 1/2 cups", "one and a half cups"),
    ("½ cup", "one half cup"),
    ("24/7", "twenty four seven"),
    ("+49 170 1234567", "plus four nine, one seven zero, one two three four five six seven"),
    ("0170 12345", "zero one seven zero, one two three four five"),
    ("555-1234", "five five five, one two three four"),
    ("agent 007", "agent zero zero seven"),
    ("Call 911 now", "Call nine one one now"),
    ("Mr. and Mrs. Smith", "Mister and Missus Smith"),
    ("Dr. Smith, Elm Dr.", "Doctor Smith, Elm Drive."),
    ("Main St. near St. Paul", "Main Street near Saint Paul"),
    ("e.g. milk, etc. The end", "for example milk, et cetera. The end"),
    ("No. 5 and #7", "number five and number seven"),
    ("192.168.1.10", "one nine two dot one six eight dot one dot one zero"),
    ("v1.2.3", "version one point two point three"),
    ("https://www.example.com/a?b=1. Next", "example dot com. Next"),
    ("ask bob@example.org", "ask bob at example dot org"),
    ("light.kitchen", "light dot kitchen"),
    ("COVID-19, MP3, A4", "COVID nineteen, MP three, A four"),
    ("R&D", "R and D"),
    ("Tea w/ Bob @ 5", "Tea with Bob at five"),
    ("on 11/21", "on November twenty first"),
    ("42 µg/m3", "forty two micrograms per cubic meter"),
    ("5 * 3 = 15", "five times three equals fifteen"),
    ("5 < 7", "five less than seven"),
    ("2-1 or 16:9", "two to one or sixteen to nine"),
    ("NASA and HVAC", "NASA and HVAC"),
    ("**Hello** _you_, `code`", "Hello you, code"),
    ("see [the door](http://x.y/z)", "see the door"),
    ("# Title\n- one\n* two", "Title\none\ntwo"),
    ("<speak>Hi <b>you</b><break time='1s'/>!</speak>", "Hi you!"),
    ("Tom &amp; Anna", "Tom and Anna"),
    ("Done 🎉👨‍👩‍👧 1️⃣", "Done one"),
    ("it’s", "it's"),
    ("a\x00b\u200f c\ud800", "ab c"),
    ("a\r\nb\n\n\nc", "a\nb\nc"),
    ("９９ and ٣", "ninety nine and three"),
]
BRITISH = [
    ("105", "one hundred and five"),
    ("21/11/2026", "the twenty first of November twenty twenty six"),
    ("2026-11-21", "the twenty first of November twenty twenty six"),
    ("03/04/2026", "the third of April twenty twenty six"),
    ("in 2005", "in two thousand and five"),
]


@pytest.mark.parametrize(("written", "spoken"), CASES)
def test_english_is_read_out_as_people_say_it(written: str, spoken: str) -> None:
    assert normalise(written, "en-US") == spoken


@pytest.mark.parametrize(("written", "spoken"), BRITISH)
def test_british_english_has_its_own_dates_and_numbers(written: str, spoken: str) -> None:
    assert normalise(written, "en-GB") == spoken


@pytest.mark.parametrize("spoken", sorted({spoken for _, spoken in CASES}))
def test_what_was_read_out_once_stays_as_it_is(spoken: str) -> None:
    assert normalise(spoken, "en-US") == spoken


def test_dates_that_do_not_exist_are_still_read_without_digits() -> None:
    assert not any(map(str.isdigit, normalise("99/99/2026 and 2026-13-45 and 25:61", "en")))


def test_very_long_numbers_are_read_digit_by_digit() -> None:
    assert normalise("9" * 5000, "en").split() == ["nine"] * 5000
