"""One place decides, and everybody asks it: what a course is compared with, whose label applies."""

import ast
import re

import pytest

from tests.rules.checkout import TEMPLATES, TRACKER, modules, name, templates, text, tree

HOME = "tracker/domain/scores/baseline.py"
# Who may look into it: what judges every score, and what says it in words.
READERS = {
    "tracker/domain/scores/interpretation.py",
    "tracker/domain/scores/text.py",
}
# A form is asked for, read or invented as a baseline here; what counts as one, HOME alone says.
NAMES_THE_OCCASION = {
    HOME,
    "tracker/domain/check_ins/schedule.py",
    "tracker/domain/demo/courses.py",
    "tracker/domain/demo/past.py",
    "tracker/exchange/mapping/headings.py",
}
# Who makes verdicts. A new one needs a test that it counts by courses: tests/services/courses.
JUDGES = {
    "tracker/domain/outcomes/course_outcome.py",
    "tracker/domain/progress/trend.py",
    "tracker/services/alerts/course_changes.py",
    "tracker/services/exports/course_rows.py",
    "tracker/services/scores/queries.py",
}


def imported_from(module: str) -> set[str]:
    """List the modules that import something of one."""
    package, _, stem = module.rpartition(".")
    return {
        name(path)
        for path in modules(TRACKER)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom)
        and (
            node.module == module
            or (node.module == package and any(one.name == stem for one in node.names))
        )
    }


def attributes(wanted: str) -> set[str]:
    """List the modules that write `a.b`."""
    return {
        name(path)
        for path in modules(TRACKER)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == wanted
    }


def test_only_verdicts_and_their_words_look_at_how_a_baseline_is_chosen():
    assert imported_from("tracker.domain.scores.baseline") == READERS


def test_nobody_else_takes_a_score_for_a_baseline_because_it_is_called_one():
    assert attributes("Occasion.BASELINE") == NAMES_THE_OCCASION


# Where hours are written by hand: to the second, for a machine or its keeper, or to compare two.
WRITES_HOURS = {
    "tracker/domain/date_format.py", "tracker/domain/scores/patient_text.py",
    "tracker/domain/sessions/diff.py", "tracker/services/system/doctor.py",
}  # fmt: skip


def test_times_of_day_are_written_as_the_clinic_writes_them():
    found = {
        name(path)
        for path in modules(TRACKER)
        if "%H:%M" in text(path) and not name(path).startswith("tracker/exchange/")
    }
    assert found == WRITES_HOURS, "Write times with tracker.domain.formatting.time_of_day"
    by_hand = {name(path) for path in templates() if "%H" in text(path) or "strftime" in text(path)}
    assert not by_hand, "Write days and times with the filters of tracker/web/filters.py"


def test_a_script_writes_times_of_day_by_the_one_clock():
    by_itself = re.compile(r"Intl\.|toLocale\w*String|get(?:UTC)?(?:Hours|Minutes|Date|Month)\(")
    faults = [
        f"{name(path)}: {found}"
        for path in sorted((TRACKER / "static").rglob("*.js"))
        if path.name != "clock.js"
        for found in by_itself.findall(text(path))
    ]
    assert not faults, (
        f"Write it by components/clock.js, which follows the clinic's setting: {faults}"
    )


def test_who_makes_verdicts_is_known():
    makes = {
        name(path)
        for path in modules(TRACKER)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("verdicts", "interpretation.verdicts")
    }
    assert makes == JUDGES


def test_nobody_builds_a_verdict_or_a_baseline_by_hand():
    for wanted, places in (
        ("Verdict", {"tracker/domain/scores/interpretation.py"}),
        ("Baseline", {HOME}),
        ("Course", {"tracker/domain/courses/course.py"}),
    ):
        makes = {
            name(path)
            for path in modules(TRACKER)
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Call) and ast.unparse(node.func) == wanted
        }
        assert makes == places, wanted


DECIDES = "tracker/domain/clinic/labels.py"
ASKS = "tracker/domain/clinic/settings.py"
# Where a country and the switches are typed, stored and read back.
KEEPS = {
    DECIDES, ASKS, "tracker/services/clinic/countries.py", "tracker/web/clinic/forms.py",
    "tracker/domain/clinic/countries.py", "tracker/services/clinic/clinics.py",
}  # fmt: skip
# Where it is shown, or said that there is none.
SHOWS = {
    "tracker/services/system/doctor.py", "tracker/web/clinic/routes.py",
    "tracker/web/answers/safety.py",
    # Where a clinic is founded, the country is asked for and checked.
    "tracker/cli/setup.py", "tracker/services/system/founding.py",
}  # fmt: skip
SWITCHES = re.compile(r"\b(us_label|eu_label|EUROPEAN_UNION|UNITED_STATES)\b")


def calls(function):
    """Name the modules that call a function by its name."""
    return {
        name(path)
        for path in modules(TRACKER)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and _called(node) == function
    }


def _called(node):
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_which_labels_apply_is_decided_in_one_place_and_asked_for_in_one():
    assert calls("applying") == {DECIDES, ASKS}


def test_nobody_else_looks_at_the_switches_or_at_lists_of_countries():
    found = {name(path) for path in modules(TRACKER) if SWITCHES.search(text(path))} - KEEPS
    assert not found, f"Ask the settings for their `labels`: {sorted(found)}"


def test_nobody_else_looks_at_the_country():
    found = {
        name(path)
        for path in modules(TRACKER)
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and node.attr == "country")
        or (isinstance(node, ast.Constant) and node.value == "country")
    }
    assert found <= KEEPS | SHOWS, f"Ask the settings for their `labels`: {sorted(found)}"


def test_no_page_decides_either():
    found = {
        name(path)
        for path in templates()
        if path.parent != TEMPLATES / "clinic"
        and re.search(r"\.labels\b|us_label|eu_label|\.country\b", text(path))
    }
    assert not found, f"Give the page what it shows, decided: {sorted(found)}"


def test_a_first_dose_is_judged_in_one_place_and_asked_for_where_findings_and_plans_are_made():
    asks = {"tracker/domain/sessions/findings.py", "tracker/domain/series/remarks.py"}
    assert imported_from("tracker.domain.clinic.first_dose") == asks


def test_which_sessions_were_of_esketamine_before_is_asked_in_one_place():
    asks = {"tracker/services/sessions/context.py", "tracker/services/series/plan_context.py"}
    home = "tracker/services/sessions/dose_history.py"
    assert calls("given_esketamine") == asks | {home}


# Whether a text says anything is asked in one way, `parsing.is_blank`: `if not reason.strip()` lets
# U+200B, U+2060 or a soft hyphen pass for a reason, a name or a number.
FOLDERS = ("tracker/domain", "tracker/services", "tracker/web")
# What is asked there is no text that somebody must give: a file of the house, or one to be read.
FILE_READERS = (
    "tracker/domain/instruments/", "tracker/domain/clinic/countries.py",
    "tracker/domain/json_values.py", "tracker/services/imports/files.py",
    "tracker/services/imports/staging.py", "tracker/services/patients/search.py",
    "tracker/web/errors.py", "tracker/web/scores/forms.py",
)  # fmt: skip


def asked(tree):
    """Yield every expression that is taken for true or false."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert):
            yield node.test
        elif isinstance(node, ast.BoolOp):
            yield from node.values
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield node.operand
        elif isinstance(node, ast.comprehension):
            yield from node.ifs


def stripped(source):
    """List the lines that take a stripped text for true where it has any character left."""
    found = set()
    for node in asked(ast.parse(source)):
        bare = node.value if isinstance(node, ast.NamedExpr) else node
        if (
            isinstance(bare, ast.Call)
            and isinstance(bare.func, ast.Attribute)
            and bare.func.attr == "strip"
            and not bare.args
        ):
            found.add(bare.lineno)
    return sorted(found)


def test_whether_a_text_says_anything_is_asked_in_one_way():
    found = []
    for folder in FOLDERS:
        for path in sorted((TRACKER.parent / folder).rglob("*.py")):
            place = path.relative_to(TRACKER.parent).as_posix()
            if not place.startswith(FILE_READERS):
                found += [f"{place}:{line}" for line in stripped(text(path))]
    assert not found, f"Ask parsing.is_blank, or take parsing.visible_text: {found}"


@pytest.mark.parametrize(
    "bad",
    [
        "if not reason.strip(): pass", "x = 1 if a.b.strip() else 2", "ok = a.strip() and b",
        "y = [t for t in x if t.strip()]", "if named := a.strip(): pass",
    ],
)  # fmt: skip
def test_the_rule_sees_its_fault(bad):
    assert stripped(bad)


@pytest.mark.parametrize("good", ["name = a.strip()", "if is_blank(a): pass", "f(a.strip(), b)"])
def test_ordinary_code_is_left_alone(good):
    assert not stripped(good)


# Days and times are typed as the clinic sets them: a field of the browser has its own order.
NATIVE = re.compile(
    r"""type\s*=\s*["']?(?:date|time|datetime-local|month|week)\b"""
    r"|\b(?:DateInput|TimeInput|DateTimeInput|DateTimeLocalInput|MonthInput|WeekInput)\b"
    r"|\b(?:DateField|TimeField|DateTimeField|DateTimeLocalField|MonthField|WeekField)\b"
)


def test_no_page_has_a_day_or_time_field_of_the_browser():
    faults = [
        f"{name(path)}: {found}"
        for path in [*templates(), *modules(TRACKER / "web")]
        for found in NATIVE.findall(text(path))
    ]
    assert not faults, (
        f"Use DateText and TimeText of tracker/web/forms.py (decision 0039): {faults}"
    )


def test_only_the_picker_makes_one():
    makes = {
        name(path)
        for path in sorted((TRACKER / "static").rglob("*.js"))
        if re.search(r"""\btype: "(?:date|time)"|\.type = "(?:date|time)\"""", text(path))
    }
    assert makes == {"tracker/static/components/picker.js"}


def test_pages_write_until_when_a_check_in_is_open_by_one_filter():
    shown = re.compile(r"\b(?:due_at|closes_at)\s*\|\s*(\w+)")
    found = {(name(page), used) for page in templates() for used in shown.findall(text(page))}
    assert {used for _, used in found} == {"until"}, found


def names_in_messages(source: ast.AST) -> list[str]:
    """List what messages name of a patient: they travel in a cookie, which anybody can read."""
    return [
        ast.unparse(part.value)
        for node in ast.walk(source)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "flash"
        for part in ast.walk(node)
        if isinstance(part, ast.FormattedValue)
        and re.search(
            r"patient|\bwho\b|record_number|given_name|family_name", ast.unparse(part.value)
        )
    ]


def test_no_message_to_the_next_page_names_a_patient():
    bad = ast.parse('flash(f"{patient.label} is archived.", "success")')
    assert names_in_messages(bad) == ["patient.label"]
    assert [one for path in modules(TRACKER) for one in names_in_messages(tree(path))] == []
