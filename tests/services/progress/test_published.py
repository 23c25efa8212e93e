"""Real data sets through the ordinary way in and out again: what was published still follows."""

import csv
import io
import statistics
from collections import defaultdict
from math import sqrt
from pathlib import Path

import pytest

from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.imports import run as import_run

COPIES = Path(__file__).resolve().parents[2] / "data"
SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data"
# The 97.5 % point of Student's t with 9 degrees of freedom (NIST/SEMATECH e-Handbook of Statistical
# Methods, 1.3.6.7.2, gives 2.262; R's qt(0.975, 9) gives these digits).
T_9 = 2.262157


@pytest.fixture
def real_file():
    def read(path):
        for folder in (COPIES, SHARED):
            if (folder / path).is_file():
                return (folder / path).read_bytes()
        return pytest.skip(f"the shared data set {path} is not on this machine")

    return read


def bring_in(data, by, *answers):
    """Guess the mapping, answer its questions in its text as a person would, and import."""
    text = import_run.outline(data, by=by).to_toml()
    for before, after in answers:
        assert before in text
        text = text.replace(before, after, 1)
    planned = import_run.plan(data, mapping=text, by=by)
    assert planned.problems == ()
    assert planned.rows_read == planned.rows_stored
    again = import_run.apply(planned, by=by)
    assert import_run.plan(data, mapping=text, by=by).rows_duplicate == planned.rows_read
    return again.counts


def rows(kind, by):
    text = b"".join(export_stream.stream(ExportChoice(kind), by=by)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def totals(by):
    """Give the exported totals, by record number and occasion in time."""
    found = defaultdict(list)
    for row in rows("scores", by):
        found[row["record_number"]].append((row["taken_at"], row["hours_after"], row["total"]))
    return {number: sorted(listed) for number, listed in found.items()}


def test_ten_adolescents_fell_from_39_1_to_26_8_on_madrs(cast, real_file):
    data = real_file("esketamine-adolescents/Dataset.csv")
    counts = bring_in(
        data, cast.anna,
        ('0 = ""\n1 = ""', '0 = "male"\n1 = "female"'),
        ("[[scores]]", "[anchor]\nat = 2020-01-01T09:00:00\n\n[[scores]]"),
        ('column = "MADRS_Post"',
         'column = "MADRS_Post"\noccasion = "hours-after"\nhours_after = 24'),
        ("create_unknown = false", "create_unknown = true"),
    )  # fmt: skip
    assert (counts["patients"], counts["scores"]) == (10, 20)
    exported = rows("scores", cast.anna)
    by_occasion = defaultdict(dict)
    for row in exported:
        by_occasion[row["occasion"]][row["record_number"]] = float(row["total"])
    before, after = by_occasion["baseline"], by_occasion["hours-after"]
    source = list(csv.DictReader(io.StringIO(data.decode("latin-1"))))
    assert before == {row["Id"]: float(row["MADRS_Baseline"]) for row in source}
    assert after == {row["Id"]: float(row["MADRS_Post"]) for row in source}
    falls = [before[number] - after[number] for number in before]
    fall, half = statistics.mean(falls), T_9 * statistics.stdev(falls) / sqrt(10)
    assert round(statistics.mean(before.values()), 1) == 39.1
    assert round(statistics.mean(after.values()), 1) == 26.8
    assert round(fall, 1) == 12.3
    assert (round(fall - half, 2), round(fall + half, 2)) == (5.71, 18.89)


@pytest.mark.both_databases
def test_throat_pain_at_four_hours_is_24_of_117_and_52_of_116(cast, real_file):
    data = real_file("throat-pain-licorice/licorice_gargle.csv")
    counts = bring_in(
        data, cast.anna,
        ("create_unknown = false",
         'record_number_from = "LIC-{row:04}"\ncreate_unknown = true\nkeep_in_notes = ["treat"]'),
        ("[[scores]]", "[anchor]\nat = 2013-01-01\n\n[[scores]]"),
    )  # fmt: skip
    assert (counts["patients"], counts["scores"]) == (235, 4 * 233)
    arms = {row["record_number"]: row["notes"] for row in rows("patients", cast.anna)}
    assert len(arms) == 235
    found = totals(cast.anna)
    assert len(found) == 233  # two people have no outcome at all: nothing, and not 0
    assert {len(listed) for listed in found.values()} == {4}
    at_four_hours = defaultdict(list)
    for row in rows("scores", cast.anna):
        if row["hours_after"] == "4":
            at_four_hours[arms[row["record_number"]]].append(int(row["total"]))
    assert {
        arm: (sum(total > 0 for total in listed), len(listed))
        for arm, listed in at_four_hours.items()
    } == {"treat: 1": (24, 117), "treat: 0": (52, 116)}


def test_beat_the_blues_keeps_its_dropout_and_its_responders(cast, real_file):
    data = real_file("beat-the-blues/btheb.csv")
    kept = 'create_unknown = true\nkeep_in_notes = ["treatment", "drug", "length"]'
    counts = bring_in(
        data, cast.anna,
        ("create_unknown = false", kept),
        ("[[scores]]", "[anchor]\nat = 2003-01-31\n\n[[scores]]"),
    )  # fmt: skip
    assert (counts["patients"], counts["scores"]) == (100, 380)
    arms = {
        row["record_number"]: row["notes"].splitlines()[0].removeprefix("treatment: ")
        for row in rows("patients", cast.anna)
    }
    months = ["2003-01-31", "2003-03-31", "2003-04-30", "2003-06-30", "2003-09-30"]
    on = defaultdict(dict)
    for row in rows("scores", cast.anna):
        on[row["taken_at"]][row["record_number"]] = int(row["total"])
    assert [len(on[month]) for month in months] == [100, 97, 73, 58, 52]
    first = on[months[0]]
    responders = {
        arm: [
            (
                sum(
                    total <= first[who] / 2 for who, total in on[month].items() if arms[who] == arm
                ),
                sum(arms[who] == arm for who in on[month]),
            )
            for month in months[1:]
        ]
        for arm in ("TAU", "BtheB")
    }
    assert responders == {
        "TAU": [(9, 45), (12, 36), (11, 29), (12, 25)],
        "BtheB": [(16, 52), (18, 37), (17, 29), (19, 27)],
    }
