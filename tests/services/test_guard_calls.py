"""A guard that goes from a service, or guards something else, is a line that somebody changes."""

from tests.services import guard_calls


def test_each_service_calls_the_guards_that_the_table_says():
    now, table = guard_calls.everything(), guard_calls.read()
    changed = {
        f"{name}: {where}": (guards.get(where), now.get(name, {}).get(where))
        for name, guards in (table | now).items()
        for where in {*guards, *table.get(name, {})}
        if table.get(name, {}).get(where) != now.get(name, {}).get(where)
    }
    assert not changed, (
        "Look whether nobody sees more than before, then run "
        f"`python -m tests.reliability.guards --write`: {changed}"
    )
