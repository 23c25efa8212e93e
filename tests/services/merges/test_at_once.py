"""While two records are merged others write: nothing is left behind under the merged one."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.builders import courses
from tests.builders.merges import CHECKED, draft_of, two_records
from tests.stopping import stopped_at
from tracker.domain.problems import InvalidError, MergedError
from tracker.models import db
from tracker.services.audit import queries as audit_queries
from tracker.services.merges import commands, moving
from tracker.services.safety_checks import commands as check_commands

pytestmark = pytest.mark.both_databases
time = stopped_at(courses.FIRST + timedelta(days=20))


@pytest.fixture
def two(cast):
    return two_records(cast)


@pytest.fixture
def at_once(app):
    """Do several things at the same moment, each in a thread; say what each was told."""

    def run(*acts):
        gate = threading.Barrier(len(acts))

        def take(act):
            with app.app_context():
                gate.wait()
                return act()

        with ThreadPoolExecutor(len(acts)) as people:
            taken = [people.submit(take, act) for act in acts]
        db.session.rollback()
        return [one.exception(60) for one in taken]

    return run


def test_what_is_recorded_at_the_same_moment_moves_or_is_refused(cast, two, at_once):
    merged_id = two.merged.patient_id

    def record():
        return check_commands.record(merged_id, CHECKED, by=cast.anna)

    came = at_once(record, lambda: commands.merge(draft_of(two), by=cast.anna), record, record)
    assert came.pop(1) is None
    assert all(one is None or isinstance(one, MergedError) for one in came), came
    assert sum(moving.counts(merged_id).values()) == 0
    stored = moving.counts(two.kept.patient_id)["safety_check"]
    assert stored == 2 + sum(one is None for one in came)
    assert audit_queries.verify().intact


def test_of_two_who_merge_either_way_one_is_told(cast, two, at_once):
    kept, merged = two.kept.patient_id, two.merged.patient_id
    other_way = draft_of(two, kept_id=merged, merged_id=kept)
    came = at_once(
        lambda: commands.merge(draft_of(two), by=cast.anna),
        lambda: commands.merge(other_way, by=cast.anna),
    )
    [told] = [one for one in came if one is not None]
    assert isinstance(told, InvalidError)
    assert "was merged already" in str(told)
