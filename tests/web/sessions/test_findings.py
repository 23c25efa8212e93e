"""Findings have their own comments, and what was not asked is told from what there was not."""

import json

import pytest

from tests.builders.patients import a_series, planned
from tests.people import ANNA
from tests.web.sessions.test_routes import TYPED
from tracker.domain.codes import Effect
from tracker.services.sessions import commands as session_commands


@pytest.fixture
def first(cast, patient):
    return planned(a_series(cast.anna, patient))[0]


def test_each_finding_keeps_its_own_comment_and_an_amendment_keeps_them(browse, cast, first):
    browser = browse(ANNA)
    browser.open(f"/sessions/{first}/record")
    slip = TYPED | {"dose_mg": "355", "before_systolic_mmhg": "150"}
    page = browser.send(f"/sessions/{first}/record", slip, expect=422)
    shown = json.loads(page.value("answered"))
    assert len(shown) > 1
    assert sum(f["name"] == "said" for f in page.fields) == len(shown)
    said = [f"Because {n}." for n, _ in enumerate(shown)]
    typed = slip | {"answered": page.value("answered")}
    page = browser.send(f"/sessions/{first}/record", typed | {"said": ["", *said[1:]]}, expect=422)
    assert "Because 1." in page.text
    assert page.value("answered") == typed["answered"]
    browser.send(f"/sessions/{first}/record", typed | {"said": said}, expect=303)
    stored = session_commands.find(first, by=cast.anna).draft.comment
    assert stored == "\n\n".join(f"{one} — {words}" for one, words in zip(shown, said, strict=True))
    page = browser.open(f"/sessions/{first}/amend")
    assert "Because 1." in page.text
    change = slip | {"comment": stored, "reason": "Read again", "after_systolic_mmhg": "190"}
    change["version"] = page.value("version")
    page = browser.send(f"/sessions/{first}/amend", change, expect=422)
    again = json.loads(page.value("answered"))
    assert [one in shown for one in again].count(False) == 1
    assert "Because 1." in page.text
    told = dict(zip(shown, said, strict=True))
    change |= {"comment": "", "answered": page.value("answered")}
    change["said"] = [told.get(one, "") for one in again]
    browser.send(f"/sessions/{first}/amend", change, expect=422)
    change["said"] = [told.get(one, "Calmed down.") for one in again]
    browser.send(f"/sessions/{first}/amend", change, expect=303)
    last = session_commands.find(first, by=cast.anna).draft.comment
    assert "Because 1." in last
    assert "Calmed down." in last


def test_that_there_was_no_effect_is_stored_and_is_not_the_same_as_not_asked(browse, cast, first):
    browser = browse(ANNA)
    page = browser.open(f"/sessions/{first}/record")
    assert not [f for f in page.fields if "effect" in f["name"] and "checked" in f]
    plain = {name: text for name, text in TYPED.items() if not name.startswith("effect_")}
    both = TYPED | {"effect_none": "y"}
    page = browser.send(f"/sessions/{first}/record", both, expect=422)
    assert "Choose either none of these or a degree, not both." in page.text
    none = plain | {"effect_none": "y"}
    browser.send(f"/sessions/{first}/record", none, expect=303)
    assert "Effects None of these" in browser.follow().text
    view = session_commands.find(first, by=cast.anna)
    assert view.draft.effects == {Effect.NONE: None}
    page = browser.open(f"/sessions/{first}/amend")
    assert [
        f["name"] for f in page.fields if f["name"].startswith("effect_") and "checked" in f
    ] == ["effect_none"]
    change = plain | {"reason": "It was not asked", "version": page.value("version")}
    browser.send(f"/sessions/{first}/amend", change, expect=303)
    assert session_commands.find(first, by=cast.anna).draft.effects == {}
