"""The words of what ships are those of the published forms, and stay so.

PHQ-9 and GAD-7: the published forms (LOINC's own forms 44249-1 and 69737-5 compared with public
transcriptions; where LOINC differs the published form is followed). PCL-5: the form of the National
Center for PTSD. PEG: Krebs 2009 by way of LOINC's form 91148-7. WHO-5: the form of 1998, three
public transcriptions compared. Craving and urinary symptoms are in our own words. Whoever changes a
word on purpose gives the file a higher version, and enters the new digest here.
"""

import hashlib

import pytest

from tracker.instruments import library, use

WORDS = {
    "anxiety-nrs": "d84c3751c6d1ddae",
    "craving-nrs": "3f48ffd7446ccf94",
    "dissociation": "5806d91fe0fa7e6e",
    "gad2": "a4ce06833fa033c4",
    "gad7": "e6a3f9c47d456ff7",
    "mood-nrs": "886f4a49037adcd1",
    "pain-nrs": "28254d6d5c584980",
    "pcl5": "18b2652b0d7609cd",
    "pcl5-week": "b6aea81bb50dd26a",
    "peg": "03190aaefa06e050",
    "phq2": "a088277f76d38c20",
    "phq9": "eab3496a0edfd147",
    "urinary": "b0c8c77af5d9cbd6",
    "who5": "a4f8b53d0522cab4",
}
use(None)
LIBRARY = library()


@pytest.mark.parametrize("code", WORDS)
def test_not_a_word_has_changed(code):
    scale = LIBRARY[code]
    words = [scale.instruction, scale.stem]
    for item in scale.items:
        words += [item.code, item.text, *(f"{c.value} {c.label}" for c in item.choices)]
    assert hashlib.sha256("\n".join(words).encode()).hexdigest()[:16] == WORDS[code]


def test_everything_that_can_be_asked_is_watched_here():
    assert set(WORDS) == {code for code, scale in LIBRARY.items() if scale.answerable}


@pytest.mark.parametrize(
    ("code", "item", "text"),
    [
        # Where LOINC's form and the published one differ, ours is the published one.
        (
            "phq9",
            9,
            "Thoughts that you would be better off dead or of hurting yourself in some way",
        ),
        ("gad7", 2, "Not being able to stop or control worrying"),
        ("gad7", 7, "Feeling afraid as if something awful might happen"),
        ("pcl5", 18, "Feeling jumpy or easily startled?"),
    ],
)
def test_the_published_words_are_followed(code, item, text):
    assert LIBRARY[code].items[item - 1].text == text


def test_pain_is_answered_from_0_to_10_with_words_at_the_ends_alone():
    for item in LIBRARY["peg"].items:
        labels = [choice.label for choice in item.choices]
        assert labels[1:10] == [str(number) for number in range(1, 10)]
        assert not labels[0].isdigit()
        assert not labels[10].isdigit()
