"""Every number of every file with its source: whoever changes one on purpose changes it here too.

A source names the paper or the manual that the number is from, or says "clinic default".
"""

import re

import pytest

from tracker.domain.formatting import number
from tracker.domain.instruments.toml_parts import CHANGE_SOURCES
from tracker.instruments import FOLDER, library, use

use(None)
LIBRARY = library()
FILES = sorted(FOLDER.glob("*.toml"))
# A paper or a manual has a year; the triage of the C-SSRS is its owner's own page.
NAMED = re.compile(r"\b(19|20)\d\d\b|clinic default|cssrs\.columbia\.edu|HEDIS")
SECOND_HAND = re.compile(
    r"unverified|general knowledge|quoted by|\bQxMD|doctorabel|prescriberpoint"
)


def numbers(scale):
    """List the numbers of a scale that come from medicine: a name, the value and its source."""
    if scale.bands:
        cuts = " ".join(number(band.lowest) for band in scale.bands)
        yield "bands", cuts, scale.bands_source
    for key, source in CHANGE_SOURCES.items():
        value = getattr(scale.change, key)
        if value is not None:
            yield key, f"{value.normalize():f}", getattr(scale.change, source)
    yield from numbers_of_parts(scale)


def numbers_of_parts(scale):
    """List what scoring allows, and the numbers of parts, patterns and alarms."""
    if scale.scoring.missing_allowed:
        yield "missing", str(scale.scoring.missing_allowed), scale.scoring.missing_source
    for part in scale.subscales:
        if part.cut is not None:
            yield f"cut of {part.code}", number(part.cut), part.source
    for pattern in scale.patterns:
        needs = " ".join(f"{count}{cluster}" for cluster, count in pattern.needs.items())
        yield f"pattern {pattern.code}", f"{number(pattern.at_least)} in {needs}", pattern.source
    for alarm in scale.alarms:
        urgent = "" if alarm.urgent_at_least is None else f", urgent {alarm.urgent_at_least}"
        yield f"alarm of {alarm.item}", f"{alarm.at_least}{urgent}", alarm.source


NUMBERS = {
    "anxiety-nrs": {},
    "asrm": {
        "bands": ("0 6", "Altman 1997"),
    },
    "audit-c": {
        "bands": ("0 3 4", "Bush 1998"),
    },
    "audit": {
        "bands": ("0 8 16 20", "Babor 2001"),
    },
    "bdi2": {
        "bands": ("0 14 20 29", "Beck, Steer, Brown 1996"),
        "response_fraction": ("0.5", "clinic default"),
        "remission_at_most": ("13", "clinic default"),
        "entry_at_least": ("20", "clinic default"),
        "smallest_important": ("3", "Button 2015"),
        "smallest_important_fraction": ("0.175", "Button 2015"),
    },
    "bpi-interference": {
        "response_fraction": ("0.3", "Dworkin 2008"),
        "entry_at_least": ("4", "clinic default"),
        "smallest_important": ("1", "Dworkin 2008"),
        "sem": ("1.22", "Reed 2023"),
        "reliable": ("3.4", "Reed 2023"),
    },
    "bpi-severity": {
        "response_fraction": ("0.3", "Dworkin 2008"),
        "entry_at_least": ("4", "clinic default"),
        "smallest_important": ("1", "Reed 2023"),
        "sem": ("1.22", "Reed 2023"),
        "reliable": ("3.4", "Reed 2023"),
    },
    "c-ssrs-last-visit": {
        "bands": ("0 1 2 3", "Columbia triage"),
    },
    "c-ssrs-screener": {
        "bands": ("0 1 2 3", "Columbia triage"),
        "alarm of cssrs_1": ("1", "Columbia triage"),
        "alarm of cssrs_2": ("1", "Columbia triage"),
        "alarm of cssrs_3": ("1", "Columbia triage"),
        "alarm of cssrs_4": ("1, urgent 1", "Columbia triage"),
        "alarm of cssrs_5": ("1, urgent 1", "Columbia triage"),
        "alarm of cssrs_6_lifetime": ("1", "Columbia triage"),
        "alarm of cssrs_6_recent": ("1, urgent 1", "Columbia triage"),
    },
    "cadss": {},
    "cadss6": {},
    "cgi-i": {
        "bands": ("1 2 3 4 5 6 7", "Guy 1976"),
    },
    "cgi-s": {
        "bands": ("1 2 3 4 5 6 7", "Guy 1976"),
    },
    "craving-nrs": {},
    "dissociation": {},
    "eq5d5l": {
        "smallest_important": ("0.08", "Henry 2020"),
    },
    "gad2": {
        "bands": ("0 3", "Kroenke 2007"),
    },
    "gad7": {
        "bands": ("0 5 10 15", "Spitzer 2006"),
        "response_fraction": ("0.5", "Hull 2022"),
        "remission_at_most": ("4", "Hull 2022"),
        "entry_at_least": ("10", "Spitzer 2006"),
        "smallest_important": ("4", "Toussaint 2020"),
        "reliable": ("4", "NHS Talking Therapies"),
        "missing": ("1", "clinic default"),
        "cut of gad2": ("3", "Kroenke 2007"),
    },
    "hama": {
        "bands": ("0 8 15 24", "Matza 2010"),
    },
    "hamd17": {
        "bands": ("0 8 14 19 23", "American Psychiatric Association 2000"),
        "response_fraction": ("0.5", "clinic default"),
        "remission_at_most": ("7", "Frank 1991"),
        "entry_at_least": ("14", "clinic default"),
        "smallest_important": ("3", "NICE 2004"),
    },
    "madrs": {
        "bands": ("0 7 20 35", "Snaith 1986"),
        "response_fraction": ("0.5", "Reif 2023"),
        "remission_at_most": ("10", "Reif 2023"),
        "entry_at_least": ("20", "clinic default"),
        "smallest_important": ("1.9", "Duru, Fantino 2008"),
    },
    "meq30": {},
    "moaas": {
        "bands": ("0 1", "Spravato US label 2024"),
    },
    "mood-nrs": {},
    "pain-nrs": {
        "bands": ("0 1 4 7", "clinic default"),
        "response_fraction": ("0.3", "Farrar 2001"),
        "entry_at_least": ("4", "clinic default"),
        "smallest_important": ("1", "Farrar 2001"),
        "smallest_important_fraction": ("0.3", "Farrar 2001"),
    },
    "pcl5-week": {
        "bands": ("0 31", "Bovin 2016"),
        "response_points": ("10", "clinic default"),
        "remission_at_most": ("28", "Marx 2022"),
        "entry_at_least": ("31", "Bovin 2016"),
        "smallest_important": ("10", "Blanchard 2023"),
        "reliable": ("15", "Marx 2022"),
        "pattern ptsd": ("2 in 1B 1C 2D 2E", "Weathers"),
        "alarm of pcl5w_16": ("3", "clinic default"),
    },
    "pcl5": {
        "bands": ("0 31", "Bovin 2016"),
        "response_points": ("10", "clinic default"),
        "remission_at_most": ("28", "Marx 2022"),
        "entry_at_least": ("31", "Bovin 2016"),
        "smallest_important": ("10", "Blanchard 2023"),
        "reliable": ("15", "Marx 2022"),
        "pattern ptsd": ("2 in 1B 1C 2D 2E", "Weathers"),
        "alarm of pcl5_16": ("3", "clinic default"),
    },
    "peg": {
        "response_fraction": ("0.3", "Dworkin 2008"),
        "entry_at_least": ("4", "clinic default"),
        "smallest_important": ("1", "Reed 2023"),
        "sem": ("1.22", "Reed 2023"),
        "reliable": ("3.4", "Reed 2023"),
    },
    "phq2": {
        "bands": ("0 3", "Kroenke 2003"),
    },
    "phq9": {
        "bands": ("0 5 10 15 20", "Kroenke 2001"),
        "response_fraction": ("0.5", "McInnes 2022"),
        "remission_at_most": ("4", "McInnes 2022"),
        "entry_at_least": ("10", "HEDIS"),
        "smallest_important": ("5", "Loewe 2004"),
        "sem": ("2.5", "Loewe 2004"),
        "reliable": ("6.9", "Loewe 2004"),
        "missing": ("2", "clinic default"),
        "cut of phq2": ("3", "Kroenke 2003"),
        "alarm of phq9_9": ("1, urgent 2", "Kroenke 2001"),
    },
    "promis-depression": {
        "bands": ("20 55 60 65 70", "Kroenke 2020"),
        "smallest_important": ("3.5", "Kroenke 2020"),
    },
    "promis-pain-interference": {
        "bands": ("20 55 60 70", "clinic default"),
        "smallest_important": ("3.5", "Amtmann 2016"),
        "sem": ("2.5", "Amtmann 2016"),
        "reliable": ("6.9", "Amtmann 2016"),
    },
    "qids-sr16": {
        "bands": ("0 6 11 16 21", "Rush 2003"),
        "response_fraction": ("0.5", "Anand 2023"),
        "remission_at_most": ("5", "Anand 2023"),
        "entry_at_least": ("11", "clinic default"),
    },
    "shaps": {
        "bands": ("0 3", "Snaith 1995"),
    },
    "urinary": {
        "alarm of urinary_blood": ("1", "clinic default"),
    },
    "who5": {
        "bands": ("0", "Topp 2015"),
        "smallest_important": ("10", "clinic default"),
    },
    "wsas": {
        "bands": ("0 10 21", "Mundt 2002"),
    },
    "ymrs": {
        "bands": ("0 12", "clinic default"),
        "smallest_important": ("6.6", "Lukasiewicz 2013"),
    },
}


def test_every_file_has_its_numbers_here():
    assert set(NUMBERS) == set(LIBRARY)


@pytest.mark.parametrize("code", LIBRARY)
def test_each_number_is_as_listed_and_names_its_source(code):
    found = {key: (value, source) for key, value, source in numbers(LIBRARY[code])}
    assert {key: value for key, (value, _) in found.items()} == {
        key: value for key, (value, _) in NUMBERS[code].items()
    }
    for key, (_, paper) in NUMBERS[code].items():
        assert paper in found[key][1], key
        assert NAMED.search(found[key][1]), f"{key}: name a paper, or write 'clinic default'"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_is_from_general_knowledge_or_from_second_hand(path):
    found = SECOND_HAND.findall(path.read_text(encoding="utf-8"))
    assert not found, f"{path.name}: name the paper itself, or write 'clinic default'"


@pytest.mark.parametrize("source", ["common practice (unverified)", "as quoted by a calculator"])
def test_a_source_that_is_none_is_seen(source):
    assert SECOND_HAND.search(source)
    assert not NAMED.search("what everybody does")
