"""The steps of adding an observation to a reading are the places where one stands."""

import re

from tests.rules.checkout import ROOT, TEMPLATES, TRACKER, name, text

# These speak of nausea as a side effect of a session.
OF_SESSIONS = {"tracker/domain/codes.py", "templates/sessions/_form.html"}


def test_the_list_of_steps_names_every_place_where_an_observation_stands():
    page = text(ROOT / ".github/CONTRIBUTING.md")
    steps = page.split("## Add an observation to a reading", 1)[1].split("\n## ", 1)[0]
    steps = steps.split("\n1. ", 1)[1]
    listed = {q for q in steps.split("`")[1::2] if q.startswith(("tracker/", "templates/"))}
    sources = [*TRACKER.rglob("*.py"), *TRACKER.rglob("*.js"), *TEMPLATES.rglob("*.html")]
    found = {name(path) for path in sources if re.search(r"\bnausea\b", text(path))}
    assert listed == found - OF_SESSIONS
