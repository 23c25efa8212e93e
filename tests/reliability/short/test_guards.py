"""No guard can be removed without a test that notices."""

from tests.reliability import guards


def test_every_guard_that_is_removed_is_noticed():
    with guards.application() as app:
        found = dict(guards.run(app))
    missed = [name for name, is_caught in found.items() if not is_caught]
    assert not missed
    assert len(found) > 300
