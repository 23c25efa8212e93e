from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.instruments import toml_file
from tracker.domain.instruments.model import AlarmKind, Method
from tracker.domain.instruments.toml_file import (
    InstrumentError,
    check_file,
    check_wording,
    load,
    parse,
)
from tracker.instruments import FOLDER

SLEEP = """\
code = "sleep"
version = "1"
title = "Sleep, two questions"
short_title = "Sleep"
minimum = 0
maximum = 4
direction = "higher is worse"
low_end = "best"
high_end = "worst"
recall = "past week"
recall_days = 7
source = "The clinic's own"
licence = "No owner"
stem = "In the past week, how often:"
bands_source = "clinic default, no published source"
bands = [
  { lowest = 0, highest = 1, label = "Fine" },
  { lowest = 2, highest = 4, label = "Poor" },
]

[change]
reliable = 2
reliable_source = "a paper"

[[choices]]
value = 0
label = "Never"

[[choices]]
value = 1
label = "Sometimes"

[[choices]]
value = 2
label = "Often"

[scoring]
missing_allowed = 1
missing_source = "a manual"

[[items]]
code = "asleep"
text = "was it hard to fall asleep?"
cluster = "A"

[[items]]
code = "early"
text = "did you wake too early?"
cluster = "A"

[[alarms]]
item = "early"
kind = "review"
at_least = 2
source = "a paper"

[[examples]]
name = "both"
answers = [1, 2]
total = 3
completeness = "complete"
band = "Poor"
alarms = ["early"]
"""


def wrong(*changes):
    """Change the file, and list its faults as "line field"."""
    text = SLEEP
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return [f"{line} {field}" for line, field, _ in check_file(text)]


def line_of(text):
    return SLEEP[: SLEEP.index(text)].count("\n") + 1


def test_a_whole_file_is_read():
    sleep = parse(load(SLEEP))
    assert [(item.code, item.number) for item in sleep.items] == [("asleep", 1), ("early", 2)]
    assert [choice.label for choice in sleep.items[1].choices] == ["Never", "Sometimes", "Often"]
    assert (sleep.scoring.method, sleep.scoring.missing_allowed) == (Method.SUM, 1)
    assert sleep.alarms[0].kind is AlarmKind.REVIEW
    assert sleep.examples[0].answers == {"asleep": 1, "early": 2}
    assert sleep.language == "en"
    assert check_file(SLEEP) == []


def test_the_files_that_ship_are_read_without_a_fault():
    for path in FOLDER.glob("*.toml"):
        assert check_file(path.read_text(encoding="utf-8")) == [], path.name


def test_all_faults_are_named_at_once_with_line_and_field():
    found = check_file(
        SLEEP.replace('direction = "higher is worse"', 'direction = "up"')
        .replace("recall_days = 7", "recall_days = 7.5")
        .replace('item = "early"\nkind', 'item = "late"\nkind')
        .replace('label = "Often"', 'labell = "Often"')
        .replace("total = 3", "total = 4")
    )
    assert [(line, field) for line, field, _ in found] == [
        (line_of("direction"), "direction"),
        (line_of("recall_days"), "recall_days"),
        (line_of('label = "Often"') - 2, "choices 3, label"),
        (line_of('label = "Often"'), "choices 3, labell"),
        (line_of('item = "early"'), "alarms 1, item"),
    ]
    messages = [message for _, _, message in found]
    assert messages[2] == 'is missing. Add it, as in: label = "..."'
    assert messages[3] == "is no key that is known here. Did you mean label?"
    assert messages[4] == "there is no question 'late'."


def test_what_hangs_on_a_broken_part_is_looked_at_once_that_is_mended():
    broken = (('item = "early"\nkind', 'item = "late"\nkind'), ("total = 3", "total = 4"))
    item, total = line_of('item = "early"'), line_of("total = 3")
    assert wrong(broken[0], broken[1]) == [f"{item} alarms 1, item"]
    assert wrong(broken[1]) == [f"{total} examples 1, total"]


OF_HUNDRED = 'reliable = 2\nresponse_fraction = 50\nresponse_source = "a paper"'
OFF_THE_SCALE = 'reliable = 2\nremission_at_most = 9\nremission_source = "a paper"'


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('code = "sleep"', 'code = "Sleep Well"', "code"),
        ('version = "1"', 'version = "one"', "version"),
        ('version = "1"', "version = 1", "version"),
        ('title = "Sleep, two questions"', 'title = " "', "title"),
        ("minimum = 0", 'minimum = "0"', "minimum"),
        ("minimum = 0", "minimum = nan", "minimum"),
        ("minimum = 0", "minimum = -1e999", "minimum"),
        ("maximum = 4", "maximum = 5", "maximum"),
        ("maximum = 4", "maximum = 4.00001", "maximum"),
        ("maximum = 4", "maximum = 0", "maximum"),
        ("recall_days = 7", "recall_days = true", "recall_days"),
        ("recall_days = 7", "recall_days = -7", "recall_days"),
        ('licence = "No owner"', 'license = "No owner"', "license"),
        ('licence = "No owner"', 'licence = "No owner"\nlanguage = "English"', "language"),
        ('licence = "No owner"', 'licence = "No owner"\nloinc_total = "44261"', "loinc_total"),
        ('licence = "No owner"', 'licence = "No owner"\nindications = ["gout"]', "indications"),
        ('licence = "No owner"', 'licence = "a\\u0007b"', "licence"),
        ('"clinic default, no published source"', '""', "bands_source"),
        ("highest = 1,", "highest = 2,", "bands 2"),
        ("highest = 4,", "highest = 9,", "bands 2"),
        ("reliable = 2", "reliable = 5", "change, reliable"),
        ("reliable = 2", OF_HUNDRED, "change, response_fraction"),
        ("reliable = 2", OFF_THE_SCALE, "change, remission_at_most"),
        ("[change]", "[[change]]", "change"),
        ('title = "Sleep, two questions"', f'title = "{"z" * 4_001}"', "title"),
        ("reliable_source", "reliable_sourse", "change, reliable_sourse"),
        ("value = 2", "value = 1", "items 1, choices"),
        ("missing_allowed = 1", "missing_allowed = 2", "scoring, missing_allowed"),
        ('missing_source = "a manual"', "", "scoring, missing_source"),
        ("missing_allowed = 1", 'method = "median"', "scoring, method"),
        ('code = "early"', 'code = "asleep"', "items 2, code"),
        ('code = "early"', 'code = "early"\nasked_if = "late"', "items 2, asked_if"),
        ('code = "early"', 'code = "early"\nscored = "no"', "items 2, scored"),
        ("at_least = 2", "at_least = 3", "alarms 1, at_least"),
        ("at_least = 2", "at_least = 2\nurgent_at_least = 1", "alarms 1, urgent_at_least"),
        ('kind = "review"', 'kind = "worry"', "alarms 1, kind"),
        ('at_least = 2\nsource = "a paper"', "at_least = 2", "alarms 1, source"),
        ("answers = [1, 2]", "answers = [1]", "examples 1, answers"),
        ("answers = [1, 2]", "answers = [1, 7]", "examples 1, answers"),
        ("answers = [1, 2]", 'answers = [1, "two"]', "examples 1, answers"),
        ('band = "Poor"', 'band = "Fine"', "examples 1, band"),
        ('alarms = ["early"]', "", "examples 1, alarms"),
        ('alarms = ["early"]', 'alarms = "early"', "examples 1, alarms"),
        ('alarms = ["early"]', "patterns = { ptsd = 1 }", "examples 1, patterns"),
        ('alarms = ["early"]', "subscales = { a = 1 }", "examples 1, subscales"),
        ('alarms = ["early"]', 'subscales = { a = "1" }', "examples 1, subscales"),
        ('alarms = ["early"]', "subscales = 1", "examples 1, subscales"),
    ],
)
def test_a_fault_is_named_by_its_field(old, new, field):
    assert field in {found.split(" ", 1)[1] for found in wrong((old, new))}


def test_a_number_names_its_source():
    assert wrong(('\nreliable_source = "a paper"', "")) == [
        f"{line_of('[change]')} change, reliable_source"
    ]


def test_questions_need_a_worked_example():
    start = SLEEP.index("[[examples]]")
    assert [(f, m[:10]) for _, f, m in check_file(SLEEP[:start])] == [("examples", "is missing")]


def test_parts_without_questions_are_refused():
    start, end = SLEEP.index("[[items]]"), SLEEP.index("[[alarms]]")
    text = SLEEP[:start] + SLEEP[end:].replace("answers = [1, 2]", "answers = []")
    text = text.replace('missing_allowed = 1\nmissing_source = "a manual"', "")
    fields = [field for _, field, _ in check_file(text)]
    assert fields == ["alarms", "alarms 1, item", "examples"]


def test_a_form_on_which_nothing_counts_is_refused():
    text = SLEEP.replace('cluster = "A"', "scored = false")
    found = [(field, message) for _, field, message in check_file(text)]
    assert ("items", "none of them is scored. Remove 'scored = false' from some.") in found


def test_a_question_needs_answers():
    start, end = SLEEP.index("[[choices]]"), SLEEP.index("[scoring]")
    found = check_file(SLEEP[:start] + SLEEP[end:])
    assert [field for _, field, _ in found] == ["items 1, choices", "items 2, choices"]


def test_a_list_that_is_no_list_of_tables_is_refused():
    assert [field for _, field, _ in check_file(SLEEP.replace("[[items]]", "[items]", 1))] == [
        "file"
    ]
    flat = SLEEP.replace('licence = "No owner"', 'licence = "No owner"\nexamples = [1]')
    start = flat.index("[[examples]]")
    assert "examples" in {field for _, field, _ in check_file(flat[:start])}


def test_a_level_needs_conditions_that_lie_on_the_scale():
    level = 'method = "level"\nlevels = [{ total = 9, any_of = ["early", "late"] }]'
    found = wrong(('missing_allowed = 1\nmissing_source = "a manual"', level))
    assert [entry.split(" ", 1)[1] for entry in found] == [
        "scoring, levels 1, any_of",
        "scoring, levels 1, total",
    ]
    found = wrong(("missing_allowed = 1", 'method = "level"\nmissing_allowed = 1'))
    assert {entry.split(" ", 1)[1] for entry in found} >= {
        "scoring, levels",
        "scoring, missing_allowed",
    }


PARTS = """\
[[subscales]]
code = "half"
title = "Half"
items = ["early", "late"]
cut = 1

[[patterns]]
code = "any"
title = "Any"
at_least = 1
needs = { A = 1, Z = 1, B = 0 }
source = "a paper"
note = "Information only."
"""


def test_parts_and_patterns_name_what_there_is_none_of():
    found = check_file(SLEEP + PARTS)
    assert [(field, message) for _, field, message in found] == [
        ("subscales 1, source", "is missing. Name the paper or manual that the cut is from."),
        ("patterns 1, needs", "B: must be a whole number from 1."),
    ]
    mended = PARTS.replace("cut = 1\n", "").replace(", B = 0", "")
    assert [(field, message) for _, field, message in check_file(SLEEP + mended)] == [
        ("subscales 1, items", "there is no question 'late'."),
        ("patterns 1, needs", "there is no group 'Z'."),
    ]


def test_parse_raises_all_faults_in_one_message():
    data = load(SLEEP) | {"minimum": "0", "direction": "up"}
    with pytest.raises(InstrumentError, match=r"'minimum': must be .*; 'direction': must be") as e:
        parse(data)
    assert [fault.field for fault in e.value.faults] == ["minimum", "direction"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('code = "a"\ntitle = \n', 2),
        ('code = "a"\ncode = "b"\n', 2),
        ('code = "a"\ntitle = """never ends\n\n', 2),
        ("a = " + "9" * 5_000, 1),
        ("a = " + "[" * 5_000 + "]" * 5_000, 1),
    ],
)
def test_what_is_no_toml_is_said_with_its_line(text, line):
    [(found, field, message)] = check_file(text)
    assert (found, field) == (line, "file")
    assert "TOML" in message
    with pytest.raises(InstrumentError, match=f"line {line}: "):
        load(text)


def test_a_key_of_endless_parts_is_refused_before_it_is_read():
    [found] = check_file(f"ok = 1\n{'a.' * 50_000}a = 1")
    assert found == (2, "file", "has a key of too many parts.")


def test_bytes_that_are_no_text_or_too_many_are_refused():
    with pytest.raises(InstrumentError, match="UTF-8"):
        toml_file.decode(b"code = '\xff'")
    with pytest.raises(InstrumentError, match="larger than 128 KiB"):
        toml_file.decode(b" " * (toml_file.BYTES_MAX + 1))
    assert toml_file.decode("\ufeffcode".encode()) == "code"


def test_a_list_without_end_is_refused():
    row = 'choices = [{ value = 0, label = "No" }, { value = 1, label = "Yes" }]\n'
    many = "".join(f'[[items]]\ncode = "q{n}"\ntext = "?"\n{row}' for n in range(400))
    start, end = SLEEP.index("[[items]]"), SLEEP.index("[[alarms]]")
    found = check_file(SLEEP[:start] + many + SLEEP[end:])
    assert ("items", "has more than 300 entries.") in [(f, m) for _, f, m in found]


SILENT = SLEEP.replace('text = "was it hard to fall asleep?"', 'text = ""')
WORDING = """\
[wording]
stem = "Last week:"

[wording.items]
asleep = "was it hard to fall asleep?"
"""


def test_wording_fills_the_questions_that_have_none():
    silent = parse(load(SILENT))
    assert (silent.answerable, silent.needs_wording) == (False, True)
    assert check_wording(WORDING, silent) == []
    worded = parse(load(f"{SILENT}\n{WORDING}"))
    assert (worded.answerable, worded.needs_wording) == (True, False)
    assert worded.items[0].text == "was it hard to fall asleep?"
    assert worded.stem == "Last week:"


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ('[wording.items]\nearly = "again"\nasleep = "?"', 2, "wording, items, early"),
        ('[wording.items]\nasleep = "?"\nlate = "?"', 3, "wording, items, late"),
        ("[wording.items]\n", 1, "wording, items, asleep"),
        ('[wording]\nstem = "?"', 1, "wording, items"),
        ('[items]\nasleep = "?"', 1, "wording"),
        ('[wording.items]\nasleep = "?"\n[change]\nreliable = 1', 3, "change"),
        ("[wording", 1, "file"),
    ],
)
def test_wording_that_does_not_fit_is_named(text, line, field):
    found = check_wording(text, parse(load(SILENT)))
    assert (line, field) in [(at, what) for at, what, _ in found]


def test_an_answer_by_code_and_one_left_out_are_read():
    text = SLEEP.replace("answers = [1, 2]", 'answers = { early = 2, asleep = "missing" }')
    text = text.replace("total = 3", "total = 4").replace('"complete"', '"prorated"')
    assert check_file(text) == []
    assert parse(load(text)).examples[0].answers == {"early": Decimal(2), "asleep": None}


@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_no_text_at_all_makes_the_reader_fail(text):
    assert check_file(text)


_LINES = SLEEP.splitlines()


@given(st.integers(0, len(_LINES) - 1), st.sampled_from(["", "x", "[[items]]", "a = 1", "]", '"']))
def test_a_file_with_one_line_spoiled_is_read_or_refused_in_words(number, line):
    text = "\n".join([*_LINES[:number], line, *_LINES[number + 1 :]])
    for at, field, message in check_file(text):
        assert 1 <= at <= len(_LINES)
        assert field
        assert message
