"""One place chooses what a course is compared with; everybody else asks for verdicts."""

import ast

from tests.rules.checkout import TRACKER, modules, name, tree

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
    "tracker/exchange/mapping/headings.py",
}
# Who makes verdicts. A new one needs a test that it counts by courses: tests/services/courses.
JUDGES = {
    "tracker/domain/progress/trend.py",
    "tracker/services/alerts/raising.py",
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
