"""The rules of the house for what stands between the web and the tables."""

from tests.rules import checks
from tests.rules.checkout import TRACKER, modules, name, tree

REQUESTS = ("flask", "flask_login", "flask_wtf", "werkzeug", "wtforms")
UNIT_OF_WORK = "tracker/services/unit_of_work.py"


def test_a_service_knows_nothing_of_requests():
    found = [
        f"{name(path)}:{fault}"
        for path in modules(TRACKER / "services")
        for fault in checks.imports_of(tree(path), *REQUESTS)
    ]
    assert not found, f"Pass in what the service needs from the request: {found}"


def test_only_the_unit_of_work_commits():
    found = [
        f"{name(path)}:{fault}"
        for path in modules(TRACKER)
        if name(path) != UNIT_OF_WORK and "migrations" not in path.parts
        for fault in checks.commits(tree(path))
    ]
    assert not found, (
        f"Write inside `with unit_of_work(...)`, so that the audit line commits too: {found}"
    )


def test_the_unit_of_work_does_commit():
    assert list(checks.commits(tree(TRACKER.parent / UNIT_OF_WORK)))
