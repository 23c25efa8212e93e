"""The scanners' rules show what they find, and what is accepted of their alerts has a reason."""

import re

import pytest

from tests.reliability.scans import alerts, tools
from tests.reliability.scans.alerts import Accepted, Alert, Scan
from tests.rules.checkout import ROOT, text


def test_every_rule_of_ours_shows_what_it_finds():
    shown = tools.examples()
    names = re.findall(r"^  - id: (\S+)$", text(tools.RULES), re.MULTILINE)
    assert len(names) == len(set(names)) > 20
    assert not [name for name in names if not shown[name][1]], "Write under `finds` what it finds."
    assert {kind for kind, _ in shown.values()} == {"py", "html", "js"}


def test_every_alert_that_is_accepted_is_of_a_scanner_and_of_a_place():
    known = alerts.accepted()
    assert {one.tool for one in known} <= tools.TOOLS.keys()
    gone = [one for one in known if one.place != alerts.ANYWHERE]
    assert not [one for one in gone if not (ROOT / one.place).is_file()]
    rules = [one.rule for one in known if one.tool == "semgrep"]
    assert set(rules) <= tools.examples().keys()


def test_what_is_not_accepted_is_told_and_so_is_what_is_not_raised_any_more():
    known = [Accepted("bandit", "B608", "a.py", "ours"), Accepted("wapiti", "X", "anywhere", "so")]
    raised = [
        Alert("bandit", "B608", "a.py"), Alert("bandit", "B608", "b.py"),
        Alert("bandit", "B101", "c.py", "low"), Alert("wapiti", "X", "/any"),
    ]  # fmt: skip
    assert alerts.unexplained(raised, known) == [raised[1]]
    done = [Scan("bandit", alerts=raised[1:2]), Scan("wapiti", fault="not installed")]
    assert alerts.not_raised(done, known) == [known[0]]


def test_a_reason_is_not_left_out():
    page = f"{alerts.HEAD}\n|---|---|---|---|\n| bandit | `B608` | `a.py` | |\n"
    with pytest.raises(ValueError, match="tool, alert, where and why"):
        alerts.accepted(page)
