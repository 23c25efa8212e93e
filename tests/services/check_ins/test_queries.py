import pytest
import time_machine

from tests.builders.check_ins import DAY, HOUR, NOON, send, set_state
from tests.stopping import stopped_at
from tracker.domain.codes import CheckInState
from tracker.domain.patients.draft import PatientDraft
from tracker.domain.problems import ForbiddenError
from tracker.services.check_ins import queries as check_in_queries
from tracker.services.check_ins.queries import Show
from tracker.services.patients import commands as patient_commands
from tracker.services.patients import search as patient_search

pytestmark = pytest.mark.both_databases


it_is_noon = stopped_at(NOON)


@pytest.fixture
def zoe(cast):
    return patient_commands.add(PatientDraft(record_number="1", given_name="Zoë"), by=cast.anna)


# Lists


def test_the_lists_tell_due_from_overdue_declined_and_done(cast, zoe):
    late = send(zoe, cast.anna, opens=NOON - 2 * DAY, due=NOON - DAY)
    now = send(zoe, cast.anna)
    ahead = send(zoe, cast.anna, opens=NOON + HOUR)
    refused, done = send(zoe, cast.anna), send(zoe, cast.anna)
    set_state(refused, CheckInState.DECLINED, cast.anna)
    set_state(done, CheckInState.DONE, cast.anna)
    shown = {
        show: [
            line.check_in.check_in_id for line in check_in_queries.listing(show, by=cast.anna).lines
        ]
        for show in (Show.OVERDUE, Show.DUE, Show.DECLINED, Show.DONE)
    }
    assert shown == {
        Show.OVERDUE: [late], Show.DUE: [now], Show.DECLINED: [refused], Show.DONE: [done],
    }  # fmt: skip
    assert all(ahead not in ids for ids in shown.values())
    assert check_in_queries.count_overdue(by=cast.anna) == 1
    assert check_in_queries.count_overdue(by=cast.cleo) == 0
    assert [line.id for line in patient_search.listing(by=cast.anna, show="overdue").lines] == [zoe]
    assert patient_search.listing(by=cast.cleo, show="overdue").lines == ()
    with pytest.raises(ForbiddenError):
        check_in_queries.listing(Show.DUE, by=cast.adam)


def test_an_archived_patient_is_in_no_list(cast, zoe):
    send(zoe, cast.anna, opens=NOON - 2 * DAY, due=NOON - DAY)
    patient_commands.archive(zoe, "Moved away", by=cast.anna)
    assert check_in_queries.listing(Show.OVERDUE, by=cast.anna).lines == ()
    assert check_in_queries.count_overdue(by=cast.anna) == 0


@pytest.mark.parametrize("show", [Show.DUE, Show.DONE])
def test_a_long_list_is_turned_page_by_page_and_back(cast, zoe, show, monkeypatch):
    monkeypatch.setattr(check_in_queries, "PAGE", 2)
    made = [send(zoe, cast.anna, closes=NOON + (3 + n % 3) * DAY) for n in range(5)]
    if show is Show.DONE:
        for check_in_id in made:
            set_state(check_in_id, CheckInState.DONE, cast.anna)

    def ids(page):
        return [line.check_in.check_in_id for line in page.lines]

    first = check_in_queries.listing(show, by=cast.anna)
    second = check_in_queries.listing(show, by=cast.anna, after=first.next)
    third = check_in_queries.listing(show, by=cast.anna, after=second.next)
    assert sorted(ids(first) + ids(second) + ids(third)) == sorted(made)
    assert (first.previous, third.next) == ("", "")
    back = check_in_queries.listing(show, by=cast.anna, before=third.previous)
    assert ids(back) == ids(second)


def test_who_missed_the_last_three_never_answers(cast, zoe):
    for days in (3, 4, 5):
        send_in_the_past(zoe, cast.anna, days)
    [found] = check_in_queries.silent(by=cast.anna)
    assert (found.patient_id, found.missed) == (zoe, 3)
    assert found.last_closed_at == NOON - 3 * DAY
    assert check_in_queries.silent(by=cast.cleo) == []


def test_who_answered_since_does_answer(cast, zoe):
    for days in (3, 4, 5):
        send_in_the_past(zoe, cast.anna, days)
    set_state(send(zoe, cast.anna), CheckInState.DONE, cast.anna)
    assert check_in_queries.silent(by=cast.anna) == []


def send_in_the_past(zoe, by, days) -> int:
    then = NOON - (days + 1) * DAY
    with time_machine.travel(then, tick=False):
        return send(zoe, by, opens=then, due=then + HOUR, closes=then + DAY)
