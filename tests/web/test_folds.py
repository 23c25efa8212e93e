"""What asks to be looked at is never folded away: every form that has parts that open."""

import re

import pytest

from tests.browsing import Page
from tests.builders import entries, live
from tests.builders.patients import HELD, a_patient, a_series, planned
from tests.people import ANNA
from tests.rules.checkout import name, templates, text
from tests.stopping import stopped_at
from tracker.services.sessions import commands as session_commands

noon = stopped_at(live.at(130))
CHOICES = ("radio", "checkbox", "submit")
MOST = {"textarea": 10_001}  # all fields of a page together have a limit of their own
UNREADABLE = "z" * max(MOST.values())  # no number, no day, no choice, and too long for a text


@pytest.fixture
def addresses(cast):
    """Where the forms are that fold parts of themselves away."""
    patient = a_patient(cast.anna)
    series = a_series(cast.anna, patient)
    first, second, *_ = planned(series)
    recorded = session_commands.record(HELD, series_id=series, session_id=first, by=cast.anna)
    under_way = entries.under_way(cast.anna, "B-18")
    live.check_before(under_way, by=cast.anna)
    return {
        "record": f"/sessions/{second}/record",
        "amend": f"/sessions/{recorded}/amend",
        "gate": f"/sessions/{under_way}/gate",
        "eligibility": f"/patients/{patient}/eligibilities/new?drug=ketamine",
        "patient": "/patients/new",
        "schedule": f"/series/{series}/schedule",
    }


class Folded(Page):
    """A page that knows which fields stand in a part that opens."""

    def _gather(self, tag, values):
        super()._gather(tag, values)
        if self._folds and "name" in values and tag in {"input", "select", "textarea"}:
            self.names = {**getattr(self, "names", {}), values["name"]: tag}


FORMS = ["record", "amend", "gate", "eligibility", "patient", "schedule"]


@pytest.mark.parametrize("form", FORMS)
def test_a_fault_opens_the_part_that_it_stands_in(browse, addresses, form):
    browser = browse(ANNA)
    browser.open(addresses[form])
    page = Folded(browser.response.text)
    given = {
        one["name"]: one.get("value") or ""
        for one in page.fields
        if one.get("name") not in {None, "csrf_token"} and one.get("type") not in CHOICES
    }
    fields = getattr(page, "names", {}).items()
    names = {one: tag for one, tag in fields if one not in {"act", "csrf_token"}}
    assert names
    sent = given | {one: UNREADABLE[: MOST.get(tag, 500)] for one, tag in names.items()}
    browser.send(addresses[form], sent, expect=422)  # the browser looks into what is folded
    assert re.search(r'class="[^"]*faulty|aria-invalid', browser.response.text)


@pytest.mark.parametrize(
    "inside", ['<div class="field faulty">', '<p class="said">', '<input data-unusual="">']
)
def test_the_browser_sees_a_fault_that_is_folded_away(inside):
    assert Page(f"<h1></h1><details>{inside}").faults[0].endswith("folded away")
    assert not Page(f"<details open>{inside}</details>").faults[:-1]


def test_a_link_into_a_folded_part_is_seen():
    shut = "<details><b id='dose'></b></details>"
    page = Page(f"<h1></h1><a href='#dose'></a>{shut}")
    assert page.inspect() == ["a link leads to 'dose', folded away"]


def test_every_part_of_a_form_that_opens_asks_what_is_in_it():
    """A <details> with fields of a form opens by `opens` of components/cards.html."""
    by_itself = re.compile(r"<details(?![^>]*opens\()[^>]*>(.*?)</details>", re.DOTALL)
    faults = [
        name(path)
        for path in templates()
        for inside in by_itself.findall(text(path))
        if re.search(r"\b(?:field|one_of|zero_to_ten|severity_list|asked|buttons)\(", inside)
    ]
    assert not faults, f"Open these by opens(body), or use fold or more: {faults}"
