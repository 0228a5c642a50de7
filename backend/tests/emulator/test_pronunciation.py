"""What is written, as a voice says it."""

import pytest

from gemini_emulator.audio.pronunciation import pronounced


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("It's 9:05 PM.", "It's nine oh five PM."),
        ("It's 16:30.", "It's sixteen thirty."),
        ("At 7:00.", "At seven o'clock."),
        ("From 10:00-11:30.", "From ten o'clock to eleven thirty."),
        ("On December 1, 2026.", "On December first, twenty twenty-six."),
        ("On 2026-12-01.", "On December first, twenty twenty-six."),
        ("The 3rd of May", "the third of May"),
        ("In 1969 and 2005.", "In nineteen sixty-nine and two thousand five."),
        ("The 1990s", "The nineteen nineties"),
        ("1,234 people", "one thousand two hundred thirty-four people"),
        ("About 3.14.", "About three point one four."),
        ("It's -5 °C.", "It's minus five degrees Celsius."),
        ("It's 72°F, or 1 degree.", "It's seventy-two degrees Fahrenheit, or one degree."),
        ("Wind of 12 km/h.", "Wind of twelve kilometers per hour."),
        ("1 km and 5 km", "one kilometer and five kilometers"),
        ("6 ft", "six feet"),
        ("105.4 km2", "one hundred five point four square kilometers"),
        ("A 5-minute timer", "A five-minute timer"),
        ("$5", "five dollars"),
        ("$1,234.56", "one thousand two hundred thirty-four dollars and fifty-six cents"),
        ("€2.5 million", "two point five million euros"),
        ("It costs 20 €.", "It costs twenty euros."),
        ("$0.99", "ninety-nine cents"),
        ("15%", "fifteen percent"),
        ("2 + 2 = 4", "two plus two equals four"),
        ("3/4 of it, 24/7", "three quarters of it, twenty-four seven"),
        ("3-5 days", "three to five days"),
        ("The 21st and the 100th", "The twenty-first and the one hundredth"),
        ("Dr. Smith, e.g., and so on", "Doctor Smith, for example, and so on"),
        ("Milk, bread, etc.", "Milk, bread, and so on."),
        ("Mr. Jones vs. Mrs. Jones", "Mister Jones versus Missus Jones"),
        ("At 9 a.m.", "At nine AM."),
        ("221B Baker St.", "two twenty-one B Baker Street."),
        ("1600 Pennsylvania Avenue", "sixteen hundred Pennsylvania Avenue"),
        ("St. Louis", "Saint Louis"),
        ("Springfield, IL 62704", "Springfield, IL six two seven zero four"),
        ("Call 555-0123.", "Call five five five, zero one two three."),
        ("J. K. Rowling", "J K Rowling"),
        ("Henry VIII and World War II", "Henry the eighth and World War two"),
        ("José from São Paulo", "Jose from Sao Paulo"),
        ("anna@example.com", "anna at example dot com"),
        ("Version 2.5.1", "Version two point five point one"),
        ("R2 and 007", "R two and zero zero seven"),
        ("and/or", "and slash or"),
        ("No. 5 & #7", "number five and number seven"),
        ("🔔 Ready ✓", "Ready"),
        ("I was in 5 minutes there.", "I was in five minutes there."),
        ("Find 5 in the box.", "Find five in the box."),
    ],
)
def test_it_is_said_as_people_say_it(written: str, said: str):
    assert pronounced(written) == said


def test_plain_words_stay_as_they_are():
    plain = "Well, that's fine; isn't it? Yes: \"quite\" fine."
    assert pronounced(plain) == plain
