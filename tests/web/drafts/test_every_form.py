"""Every form declares once what it is, and what is walked follows from that."""

from tests.web.drafts.every_form import CREATES, EDITS, STEPS, WHAT_TO_DO
from tracker.web.drafts.declared import FORMS, Does


def posted(app):
    """List what takes forms, but for what is Flask-Security's."""
    forms = {r.endpoint for r in app.url_map.iter_rules() if "POST" in r.methods}
    return {one for one in forms if not one.startswith("security.")}


def declared(*does):
    return {endpoint for endpoint, form in FORMS.items() if form.does in does}


def test_every_form_declares_what_it_is(app):
    assert not posted(app) - FORMS.keys(), f"{sorted(posted(app) - FORMS.keys())}: {WHAT_TO_DO}"
    assert not FORMS.keys() - posted(app), f"gone: {sorted(FORMS.keys() - posted(app))}"
    bare = [one for one in declared(Does.STEPS) if not FORMS[one].why]
    assert not bare, f"say why it does no harm twice: {bare}"


def test_every_form_that_makes_or_changes_something_is_walked():
    assert CREATES.keys() == declared(Does.CREATES), WHAT_TO_DO
    assert EDITS.keys() == declared(Does.EDITS), WHAT_TO_DO


def test_every_step_that_asks_for_words_is_walked(app):
    """A page of its own asks: one without words says that nothing is typed there."""
    pages = {r.endpoint for r in app.url_map.iter_rules() if {"GET", "POST"} <= r.methods}
    asks = {one for one in pages & declared(Does.STEPS) if not FORMS[one].unkept}
    ours = {one for one in asks if not one.startswith("account.")}  # one's own, as one likes
    assert STEPS.keys() - {"sessions.record"} == ours, WHAT_TO_DO
