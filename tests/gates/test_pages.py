"""What each page may cost, in statements of SQL and in bytes. No clock is asked."""

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from tests.gates.asking import Cost, Visit
from tests.gates.conftest import NOON
from tests.gates.table import OF_MANY, PAGES, UNASKED
from tests.js.bootstrap import OURS, whole
from tests.js.test_bootstrap import classes as known_classes
from tests.rules.checkout import text as text_of
from tracker.models import db

KIB = 1024
PARTS = ("page", "scripts", "styles")
FIRST_VIEW_MAX_KIB = 60  # 49 when it was set; 90 are two seconds by a bad telephone (400 kbit/s)


def test_every_page_is_in_the_table_or_has_a_reason(clinic: Flask, costs: dict[str, Cost]) -> None:
    asked = {rule.endpoint for rule in clinic.url_map.iter_rules() if "GET" in rule.methods}
    assert set(PAGES) | set(UNASKED) == asked, "Mend tests/gates/table.py"
    assert set(PAGES) == set(costs)
    assert not set(PAGES) & set(UNASKED)


def test_each_page_asks_the_database_as_often_as_the_table_says(costs: dict[str, Cost]) -> None:
    changed = {
        name: f"{cost.queries} statements, the table says {PAGES[name][0]}"
        for name, cost in costs.items()
        if cost.queries != PAGES[name][0]
    }
    assert not changed, f"Ask less often, or say so in tests/gates/table.py: {changed}"


@pytest.mark.parametrize("part", PARTS)
def test_no_page_and_none_of_its_files_is_larger_than_the_table_says(
    costs: dict[str, Cost], part: str
) -> None:
    place = PARTS.index(part) + 1
    grown = {
        name: f"{getattr(cost, part) / KIB:.1f} KiB, the table says {PAGES[name][place]}"
        for name, cost in costs.items()
        if getattr(cost, part) > PAGES[name][place] * KIB
    }
    assert not grown, f"Send less, or say so in tests/gates/table.py: {grown}"


@pytest.mark.parametrize("part", PARTS)
def test_no_limit_has_more_room_than_a_quarter(costs: dict[str, Cost], part: str) -> None:
    """A limit that is far away lets a page grow unseen. Two KiB are left to the smallest."""
    place = PARTS.index(part) + 1
    loose = {
        name: f"{getattr(cost, part) / KIB:.1f} KiB, the table says {PAGES[name][place]}"
        for name, cost in costs.items()
        if PAGES[name][place] * KIB > getattr(cost, part) * 1.25 + 2 * KIB
    }
    assert not loose, f"Say what is true in tests/gates/table.py: {loose}"


def test_every_page_about_one_patient_tells_on_top_who_it_is(costs: dict[str, Cost]) -> None:
    told = {name for name, cost in costs.items() if cost.is_of_one}
    kinds = {name.partition(".")[0] for name in told}
    pages = {name for name, cost in costs.items() if cost.styles and name.startswith(tuple(kinds))}
    assert told == pages - OF_MANY, "A new page of one patient needs its subject: banner.SUBJECTS"


def test_whoever_stands_on_a_page_stands_on_a_line_that_it_left(costs: dict[str, Cost]) -> None:
    missing = {name: sorted(cost.unnamed) for name, cost in costs.items() if cost.unnamed}
    assert not missing, "Give the audit line of what is shown its `patients`"


def test_no_page_has_a_class_of_bootstrap_that_is_not_shipped(costs: dict[str, Cost]) -> None:
    lost = known_classes(whole().read_text(encoding="utf-8")) - known_classes(text_of(OURS))
    found = {name: sorted(cost.classes & lost) for name, cost in costs.items()}
    found = {name: classes for name, classes in found.items() if classes}
    assert sum(len(cost.classes) for cost in costs.values()) > len(costs)
    assert not found, f"Run: python -m tests.js.bootstrap. Gone are: {found}"


def test_the_first_view_of_my_progress_is_small_on_the_wire(
    clinic: Flask, costs: dict[str, Cost]
) -> None:
    """With a cold browser, over whatever the telephone has: page, scripts, styles, pictures."""
    assert costs["my.progress"]  # the clinic is furnished
    with time_machine.travel(NOON, tick=False):
        found = Visit(clinic, "patient").first_view("/my/")
    assert any(".svg?" in one or one.endswith(".svg") for one in found)
    assert sum(found.values()) <= FIRST_VIEW_MAX_KIB * KIB, found


def test_one_statement_more_is_counted(clinic: Flask, costs: dict[str, Cost]) -> None:
    stranger = Visit(clinic, "stranger")
    view = clinic.view_functions["guide.index"]

    def one_more() -> object:
        db.session.execute(text("SELECT 1"))
        return view()

    before = stranger.cost("/guide/").queries
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(clinic.view_functions, "guide.index", one_more)
        assert stranger.cost("/guide/").queries == before + 1


def test_what_a_script_imports_and_what_a_hook_fetches_is_counted(
    clinic: Flask, costs: dict[str, Cost]
) -> None:
    """The page at the chair is the largest: its scripts come by a hook, and import each other."""
    assert costs["live.show"].scripts > 2 * costs["account.show"].scripts
    assert costs["account.show"].scripts > costs["security.login"].scripts > 0
