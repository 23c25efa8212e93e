"""Pages of a list by key: every row once, both ways, whatever the address says."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.builders.alerts import an_alert
from tests.builders.check_ins import NOON, send, set_state
from tests.builders.patients import a_patient
from tests.people import Cast
from tests.services.paging import walked
from tests.stopping import stopped_at
from tracker.domain.codes import CheckInState
from tracker.models import db
from tracker.models.alerts import Alert
from tracker.models.scoping import visible
from tracker.services import clock, paging
from tracker.services.alerts import commands as alert_commands
from tracker.services.check_ins import queries as check_in_queries
from tracker.services.check_ins.queries import Show
from tracker.services.paging import Key
from tracker.services.patients import search as patient_search
from tracker.services.worksheets import queries as worksheet_queries

pytestmark = pytest.mark.both_databases

ORDERS = {
    "mixed": (Key(Alert.urgent, falls=True), Key(Alert.rank), Key(Alert.raised_at)),
    "mixed otherwise": (Key(Alert.urgent), Key(Alert.raised_at, falls=True), Key(Alert.rank)),
    "rising": (Key(Alert.urgent), Key(Alert.raised_at)),
    "falling": (Key(Alert.rank, falls=True), Key(Alert.raised_at, falls=True)),
}
LISTS = {
    "patients": lambda by, after: patient_search.listing(by=by, after=after),
    "alerts": lambda by, after: alert_commands.listing(by=by, after=after),
    "acknowledged": lambda by, after: alert_commands.listing(
        by=by, show="acknowledged", after=after
    ),
    "check-ins": lambda by, after: check_in_queries.listing(Show.DUE, by=by, after=after),
    "check-ins done": lambda by, after: check_in_queries.listing(Show.DONE, by=by, after=after),
    "worksheets": lambda by, after: worksheet_queries.listing(by=by, after=after),
}


HOSTILE = ("x", "-1", "9" * 16, "9" * 5000, "12345", "\u0661", "²", "\0", "1 OR 1=1", "7.0")


it_is_noon = stopped_at(NOON)


@pytest.fixture
def alerts(cast: Cast) -> list[int]:
    patient, now = a_patient(cast.anna), clock.now()
    return [
        an_alert(
            cast.anna, patient, raised_at=now - timedelta(hours=n // 4), urgent=n % 3 == 0,
            kind="top-score" if n % 2 else "suicide-item",
        )
        for n in range(17)
    ]  # fmt: skip


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 4, 17, 20])
def test_the_pages_hold_every_row_once_in_order_and_lead_back(cast, alerts, order, size):
    keys = (*ORDERS[order], Key(Alert.id, falls=order == "falling"))

    def turn(after="", before=""):
        return paging.read(
            select(Alert).with_only_columns(Alert.id, *(key.column for key in ORDERS[order]))
            .where(visible(cast.anna, Alert)),
            keys, list, by=cast.anna, size=size, after=after, before=before,
        )  # fmt: skip

    in_order = db.session.scalars(
        select(Alert.id).order_by(*(k.column.desc() if k.falls else k.column for k in keys))
    ).all()
    assert [row.id for row in walked(turn)] == in_order
    page = turn()
    assert page.previous == ""
    while page.next:
        page, earlier = turn(page.next), page
        assert turn(before=page.previous) == earlier


@pytest.mark.parametrize("which", LISTS)
def test_an_address_that_names_no_row_shows_the_first_page(cast, alerts, which):
    alert_commands.acknowledge(alerts[0], "Called", by=cast.anna)
    first = LISTS[which](cast.anna, "")
    assert all(LISTS[which](cast.anna, after) == first for after in HOSTILE)


def test_a_row_of_another_clinic_is_no_place_to_page_from(cast, alerts):
    elsewhere = a_patient(cast.cleo)
    theirs = {
        "patients": elsewhere,
        "alerts": an_alert(cast.cleo, elsewhere),
        "check-ins": send(elsewhere, cast.cleo),
    }
    for which, row in theirs.items():
        page = LISTS[which](cast.anna, str(row))
        assert page == LISTS[which](cast.anna, "")
        assert page.previous == ""


def test_a_row_that_has_no_place_in_the_order_shows_the_first_page(cast, alerts):
    alert_commands.acknowledge(alerts[0], "Called", by=cast.anna)
    open_still = LISTS["acknowledged"](cast.anna, str(alerts[1]))
    assert [one.alert_id for one in open_still.lines] == [alerts[0]]
    done, due = (send(a_patient(cast.anna, number), cast.anna) for number in ("C-1", "C-2"))
    set_state(done, CheckInState.DONE, cast.anna)
    page = LISTS["check-ins done"](cast.anna, str(due))
    assert [line.check_in.check_in_id for line in page.lines] == [done]
