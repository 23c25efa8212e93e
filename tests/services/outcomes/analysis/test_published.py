"""Published trials through the ordinary import into reports: what was published still follows.

The sets that may not be copied, or may not be shown, are read where they are beside the checkout.
HAM-D17 and throat pain are licensed to be copied; tests/data holds the latter.
"""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.people import ANNA
from tests.rules import checks
from tests.rules.checkout import TRACKER, modules, name, tree
from tracker import instruments
from tracker.domain.codes import Occasion
from tracker.domain.outcomes.analysis.model import ModelInput
from tracker.domain.outcomes.analysis.question import AnalysisQuestion, CountedFrom, Fit
from tracker.models import db
from tracker.models.clinics import Clinic
from tracker.services.imports import run as import_run
from tracker.services.outcomes import keeping
from tracker.services.outcomes import queries as outcome_queries
from tracker.services.outcomes.analysis import fitting, mixed
from tracker.services.outcomes.analysis import queries as analysis_queries
from tracker.services.unit_of_work import unit_of_work

COPIES = Path(__file__).resolve().parents[3] / "data"
SHARED = Path(__file__).resolve().parents[4].parent / "shared" / "data"
FIRST = CountedFrom.FIRST_SCORE


@pytest.fixture
def real_file():
    def read(path):
        for folder in (COPIES, SHARED):
            if (folder / path).is_file():
                return (folder / path).read_bytes()
        return pytest.skip(f"the shared data set {path} is not on this machine")

    return read


@pytest.fixture
def fitted_here(monkeypatch):
    """Fit in this process: the program of its own has a test of its own."""
    monkeypatch.setattr(fitting, "_run", mixed.fit)


def says(browse, asked, *texts):
    """Open the page as a clinician would, and look for what it should say."""
    page = browse(ANNA).open(f"/outcomes/analysis?count=yes&{asked}").text
    missing = [one for one in texts if one not in page]
    assert not missing, page


def bring_in(data, by, mapping=""):
    planned = import_run.plan(data, by=by, **({"mapping": mapping} if mapping else {}))
    assert planned.problems == ()
    return import_run.apply(planned, by=by).counts


ADOLESCENTS = """
[patient]
record_number = "Id"
create_unknown = true
[anchor]
at = 2020-01-06T09:00:00
[[scores]]
column = "MADRS_Baseline"
instrument = "madrs"
occasion = "baseline"
hours_after = 0
[[scores]]
column = "MADRS_Post"
instrument = "madrs"
occasion = "hours-after"
hours_after = 24
"""


def test_ten_adolescents_fell_from_39_1_to_26_8_in_the_report(cast, real_file, browse):
    """Each had one infusion of esketamine: it is imported as such, and makes their course."""
    data = real_file("esketamine-adolescents/Dataset.csv")
    bring_in(data, cast.anna, ADOLESCENTS)
    numbers = [row["Id"] for row in csv.DictReader(io.StringIO(data.decode("latin-1")))]
    for head, cells in (
        ("record_number,number,indication,drug,route,phase,starts_on,planned_dose_mg",
         "{},1,depression,esketamine,iv,induction,2020-01-06,15"),
        ("record_number,series_number,number,state,planned_on,started_at,drug,route,dose_mg",
         "{},1,1,completed,2020-01-06,2020-01-06T10:00,esketamine,iv,15"),
    ):  # fmt: skip
        rows = "".join(f"{cells.format(number)}\n" for number in numbers)
        bring_in(f"{head}\n{rows}".encode(), cast.anna)
    with unit_of_work(cast.anna) as unit:
        clinic = db.session.get(Clinic, cast.clinic_id)
        day_after = {"window_from_days": 0, "window_until_days": 1, "window_nearest_days": 1}
        clinic.settings = clinic.settings | {"outcomes": day_after}
        unit.audit("clinic.changed")
    figures = outcome_queries.report("madrs", by=cast.anna).figures
    pair = figures.pair
    assert (figures.flow.treated, figures.flow.with_baseline, pair.n) == (10, 10, 10)
    assert (round(pair.before, 1), round(pair.after, 1)) == (39.1, 26.8)
    assert (round(pair.t, 6), round(pair.probability, 7)) == (4.221349, 0.0022350)
    assert round(pair.d_of_changes, 7) == 1.3349078
    assert [round(-end, 2) for end in pair.change_ends] == [18.89, 5.71]
    assert (figures.response.observed.count, figures.remission.observed.count) == (2, 1)
    assert figures.suicide_more.of == 0  # only totals came with the file
    says(
        browse, "scale=madrs", "39.1 (SD 6.3)", "26.8 (SD 8.4)", "t 4.22, 9 degrees of freedom",
        "1.33, mean change by the standard deviation of the changes (d_z)",
    )  # fmt: skip


HEADACHE = """
code = "headache"
version = "1"
title = "Headache score of a diary"
short_title = "Headache"
minimum = 0
maximum = 200
indications = ["chronic-pain"]
direction = "higher is worse"
low_end = "best"
high_end = "worst"
recall = "past 4 weeks"
source = "Vickers 2004, BMJ 328:744"
licence = "Scores only"

[change]
response_fraction = 0.5
response_source = "Vickers 2004, BMJ 328:744"
"""
ACUPUNCTURE = """
[patient]
record_number = "rownames"
create_unknown = true
keep_in_notes = ["group"]
[anchor]
at = 2000-01-01
[[scores]]
column = "pk1"
instrument = "headache"
occasion = "baseline"
days_after = 0
[[scores]]
column = "pk5"
instrument = "headache"
occasion = "follow-up"
months_after = 12
"""


@pytest.fixture
def headache_scale(tmp_path):
    (tmp_path / "headache.toml").write_text(HEADACHE)
    instruments.use(tmp_path)
    keeping.scales.cache_clear()
    keeping._rules_of_scales.cache_clear()
    yield
    instruments.use(None)
    keeping.scales.cache_clear()
    keeping._rules_of_scales.cache_clear()


def test_acupuncture_is_16_2_against_22_3_and_4_6_apart(cast, real_file, browse, headache_scale):
    data = real_file("headache-acupuncture/acupuncture_df.csv")
    # Two scores have five digits after the point; the import names them, and takes four.
    for five, four in ((b",15.33333,", b",15.3333,"), (b",73.73334,", b",73.7333,")):
        assert data.count(five) == 1
        data = data.replace(five, four)
    bring_in(data, cast.anna, ACUPUNCTURE)
    question = AnalysisQuestion(counted_from=FIRST, columns=("group",))
    found = analysis_queries.analyse("headache", question, by=cast.anna).comparison
    usual, needles = found.groups
    assert (usual.name, usual.pair.n, needles.name, needles.pair.n) == ("0", 140, "1", 161)
    assert (round(needles.pair.after, 1), round(usual.pair.after, 1)) == (16.2, 22.3)
    assert (round(needles.pair.after_sd, 1), round(usual.pair.after_sd, 1)) == (13.7, 17.0)
    assert (round(needles.share_of_before, 2), round(usual.share_of_before, 2)) == (-0.34, -0.16)
    apart = found.line.term("group: 1 against 0")
    assert (round(apart.value, 4), found.line.n) == (-4.5868, 301)
    assert [round(end, 4) for end in apart.ends] == [-7.0503, -2.1234]
    says(
        browse, "scale=headache&counted_from=first-score&columns=group", "16.2 (SD 13.7)",
        "22.3 (SD 17.0)", "−34 %", "−16 %", "−4.59 (−7.05 to −2.12)", "n = 301 of 301",
    )  # fmt: skip


THROAT = """
[patient]
record_number_from = "LIC-{row:04}"
create_unknown = true
keep_in_notes = ["treat"]
[anchor]
at = 2013-01-01T08:00:00
[[scores]]
column = "pacu30min_throatPain"
instrument = "pain-nrs"
occasion = "hours-after"
hours_after = 0.5
[[scores]]
column = "pacu90min_throatPain"
instrument = "pain-nrs"
occasion = "hours-after"
hours_after = 1.5
[[scores]]
column = "postOp4hour_throatPain"
instrument = "pain-nrs"
occasion = "hours-after"
hours_after = 4
[[scores]]
column = "pod1am_throatPain"
instrument = "pain-nrs"
occasion = "follow-up"
days_after = 1
"""


@pytest.mark.both_databases
def test_throat_pain_at_four_hours_is_24_of_117_against_52_of_116(cast, real_file, browse):
    bring_in(real_file("throat-pain-licorice/licorice_gargle.csv"), cast.anna, THROAT)
    question = AnalysisQuestion(
        counted_from=FIRST, columns=("treat",), since=Decimal(3), until=Decimal(4),
        at_least=Decimal(1),
    )  # fmt: skip
    found = analysis_queries.analyse("pain-nrs", question, by=cast.anna).comparison
    # The first score was half an hour after the operation: four hours are 3.5 later.
    assert [(one.name, one.n, one.with_before) for one in found.groups] == [
        ("0", 117, 116), ("1", 118, 117),
    ]  # fmt: skip
    assert [(one.counted.count, one.counted.of) for one in found.groups] == [(52, 116), (24, 117)]
    assert [one.counted_of_all.of for one in found.groups] == [117, 118]
    asked = "first_hour=3&last_hour=4&at_least=1&columns=treat"
    says(
        browse, f"scale=pain-nrs&counted_from=first-score&{asked}", "24 of 117: 21 %",
        "52 of 116: 45 %", "24 of 118: 20 %",
    )  # fmt: skip


BLUES = """
[patient]
record_number = "subject"
create_unknown = true
keep_in_notes = ["treatment", "drug", "length"]
[anchor]
at = 2003-01-31
[[scores]]
column = "bdi.pre"
instrument = "bdi2"
occasion = "baseline"
days_after = 0
""" + "".join(
    f'[[scores]]\ncolumn = "bdi.{months}m"\ninstrument = "bdi2"\noccasion = "follow-up"\n'
    f"days_after = {30 * months}\n"
    for months in (2, 3, 5, 8)
)  # fmt: skip


def test_beat_the_blues_has_the_six_published_coefficients(cast, real_file, browse, fitted_here):
    """HSAUR3, chapter 13: a random intercept, by maximum likelihood; months as 30 days each."""
    counts = bring_in(real_file("beat-the-blues/btheb.csv"), cast.anna, BLUES)
    assert (counts["patients"], counts["scores"]) == (100, 380)
    question = AnalysisQuestion(
        counted_from=FIRST, columns=("treatment", "drug", "length"),
        against=("TAU", "No", "<6m"), with_model=True, fit=Fit.ML,
    )  # fmt: skip
    model = analysis_queries.analyse("bdi2", question, by=cast.anna).model
    told = {one.name: (round(one.value, 4), round(one.error, 3)) for one in model.terms}
    assert told == {
        "Intercept": (5.5924, 2.242),
        "score before": (0.6397, 0.078),
        "time (30 days)": (-0.7048, 0.146),
        "treatment: BtheB against TAU": (-2.3291, 1.670),
        "drug: Yes against No": (-2.8250, 1.727),
        "length: >6m against <6m": (0.1971, 1.638),
    }
    assert (model.people, model.followed, model.scores, model.without_later) == (97, 100, 280, 3)
    assert [one.people for one in model.attendances] == [97, 73, 58, 52]
    [[level]] = model.random
    assert (round(level**0.5, 3), round(model.residual**0.5, 3)) == (6.984, 5.014)
    assert model.converged
    asked = "columns=treatment,drug,length&against=TAU,No,%3C6m&with_model=y&fit=ml"
    says(
        browse, f"scale=bdi2&counted_from=first-score&{asked}", "5.5924 (", "0.6397 (",
        "−0.7048 (", "−2.3291 (", "−2.8250 (", "0.1971 (", "n = 97 people with 280 scores",
    )  # fmt: skip


DULOXETINE = """
[patient]
record_number = "PATIENT"
create_unknown = true
keep_in_notes = ["THERAPY"]
[anchor]
at = 2004-01-01
[[scores]]
column = "BASVAL"
instrument = "hamd17"
occasion = "baseline"
days_after = 0
[[scores]]
column = "HAMDTL17"
instrument = "hamd17"
date_column = "DAY"
occasion_column = "VISIT"
[scores.values]
4 = "weekly"
5 = "weekly"
6 = "weekly"
7 = "follow-up"
"""


def with_days(data):
    """Write the day of each visit beside its number of days, and the score of the start once."""
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    seen = set()
    for row in rows:
        # Each row repeats the score of the start: it was taken once.
        row["BASVAL"] = "" if row["PATIENT"] in seen else row["BASVAL"]
        seen.add(row["PATIENT"])
        row["DAY"] = str(date(2004, 1, 1) + timedelta(days=int(row["RELDAYS"])))
    written = io.StringIO()
    writer = csv.DictWriter(written, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()


def test_duloxetine_is_2_66_points_from_placebo_among_completers(cast, real_file, browse):
    data = with_days(real_file("antidepressant-hamd17/antidepressant_hamd17.csv"))
    bring_in(data, cast.anna, DULOXETINE)
    question = AnalysisQuestion(
        counted_from=FIRST, columns=("THERAPY",), occasion=Occasion.FOLLOW_UP
    )
    found = analysis_queries.analyse("hamd17", question, by=cast.anna).comparison
    drug, placebo = found.groups
    assert (drug.n, drug.pair.n, placebo.n, placebo.pair.n) == (84, 64, 88, 65)
    assert (round(drug.after, 4), round(placebo.after, 4)) == (10.4688, 12.0)
    apart = found.line.term("THERAPY: PLACEBO against DRUG")
    assert (round(apart.value, 4), found.line.n) == (2.6575, 129)
    assert [round(end, 4) for end in apart.ends] == [0.3336, 4.9813]
    asked = "scale=hamd17&counted_from=first-score&columns=THERAPY&occasion=follow-up"
    says(browse, asked, "2.66 (0.33 to 4.98)", "n = 129 of 172")


def test_the_program_that_fits_is_one_of_its_own():
    given = ModelInput(
        names=("Intercept",), people=[0, 0, 1, 1, 2, 2], columns=[[1.0]] * 6,
        scores=[3.0, 5.0, 9.0, 8.0, 14.0, 15.0], own_slope=False, reml=True,
    )  # fmt: skip
    found = fitting.fit(given)
    assert (found.fault, found.converged) == ("", True)
    assert found.values == pytest.approx([9.0], abs=1e-4)


def test_nothing_that_a_server_loads_imports_a_library_of_statistics():
    heavy = ("numpy", "pandas", "scipy", "statsmodels", "tracker.services.outcomes.analysis.mixed")
    found = {
        name(path)
        for path in modules(TRACKER)
        if "charts" not in path.parts
        for _line, what in checks.imported(tree(path))
        if what.startswith(heavy)
    }
    assert found == {"tracker/services/outcomes/analysis/mixed.py"}
