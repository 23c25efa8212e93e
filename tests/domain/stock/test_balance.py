"""Balances, variances and notices worked out of the entries of a lot."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.builders.stock import DEVICES, VIALS
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.stock.balance import (
    LotStatus,
    NoticeKind,
    StockLine,
    balance,
    last_count,
    notices,
    open_variance,
    rows,
)
from tracker.domain.stock.lots import Lot, Movement

START = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
TODAY = START.date()
SETTINGS = TreatmentSettings()
R, G, W, B, C, X = Movement


def book(*entries):
    """Write a book of (movement, mg) or (movement, mg, more), each an hour after the one before."""
    lines = []
    for sequence, (movement, mg, *more) in enumerate(entries, 1):
        at = START + timedelta(hours=sequence)
        usual = {"at": at, "recorded_at": at, "by": "Anna"} | (more[0] if more else {})
        lines.append(
            StockLine(
                entry_id=100 + sequence, sequence=sequence, movement=movement,
                amount_mg=Decimal(str(mg)), **usual,
            )
        )  # fmt: skip
    return lines


def undoing(sequence):
    return {"reverses_id": 100 + sequence}


def lot(draft, lot_id=1):
    return Lot(
        lot_id=lot_id, drug=draft.drug, container=draft.container, lot_number=draft.lot_number,
        unit_mg=draft.unit_mg, concentration_mg_per_ml=draft.concentration_mg_per_ml,
        expires_on=draft.expires_on,
    )  # fmt: skip


def stand(draft=VIALS, mg=5000, lines=(), **changes):
    one = lot(replace(draft, **changes))
    expired = one.expires_on < TODAY
    return LotStatus(lot=one, balance_mg=Decimal(mg), is_expired=expired, count=last_count(lines))


def kinds(*stands, settings=SETTINGS):
    return [notice.kind for notice in notices(stands, settings, today=TODAY)]


def test_the_balance_is_received_less_given_wasted_and_returned():
    lines = book((R, 1000), (G, 35.5), (W, "14.5"), (B, 500), (C, 3))
    assert balance(lines) == 450
    assert balance([]) == 0


def test_what_was_reversed_counts_no_more():
    lines = book((R, 1000), (G, 100), (X, 100, undoing(2)), (G, 35))
    assert balance(lines) == 965


def test_the_balance_may_go_below_zero():
    assert balance(book((G, 28))) == -28


def test_each_row_has_the_balance_after_it():
    lines = book((R, 1000), (G, 100), (C, 900), (X, 100, undoing(2)), (W, 5))
    found = rows(lines)
    assert [row.balance_mg for row in found] == [1000, 900, 900, 1000, 995]
    assert [row.variance_mg for row in found] == [None, None, 0, None, None]
    assert (found[1].reversed_by, found[3].reverses) == (4, 2)
    assert [row.can_be_reversed for row in found] == [True, False, True, False, True]


def test_the_last_balance_is_the_balance_whatever_was_reversed():
    lines = book((R, 10), (X, 10, undoing(1)), (G, 3), (W, 4), (X, 4, undoing(4)))
    assert rows(lines)[-1].balance_mg == balance(lines) == -3


def test_rows_stand_in_the_order_of_writing():
    lines = book((R, 10), (G, 3, {"at": START}))
    assert [row.line.sequence for row in rows(lines[::-1])] == [1, 2]


def test_a_count_tells_what_differs_and_changes_nothing():
    lines = book((R, 1000), (C, 990), (G, 35))
    assert rows(lines)[1].variance_mg == -10
    assert last_count(lines).variance_mg == -10
    assert balance(lines) == 965


def test_a_movement_entered_late_with_its_true_time_explains_a_variance():
    lines = book((R, 1000), (C, 965), (G, 35, {"at": START + timedelta(hours=1, minutes=30)}))
    [_, counted, _] = rows(lines)
    assert (counted.variance_mg, counted.open_variance_mg) == (-35, 0)


def test_a_movement_of_the_same_instant_counts_by_the_order_of_writing():
    at = {"at": START}
    lines = book((R, 1000, at), (C, 965, at), (G, 35, at))
    assert open_variance(lines[1], lines) == -35


def test_a_mistake_that_is_reversed_explains_a_variance():
    lines = book((R, 1000), (G, 350), (C, 965), (X, 350, undoing(2)))
    assert rows(lines)[2].open_variance_mg == -35
    more = [*lines, *book(*[(G, 35)] * 5)[4:]]
    corrected = [*more[:-1], replace(more[-1], at=START + timedelta(hours=2))]
    assert rows(corrected)[2].open_variance_mg == 0


def test_only_the_last_count_that_stands_is_looked_at():
    lines = book((R, 1000), (C, 900), (C, 1000))
    assert last_count(lines).variance_mg == 0
    undone = [*lines, replace(book(*[(X, 1000)] * 4)[3], reverses_id=103)]
    assert last_count(undone).variance_mg == -100
    assert last_count(book((R, 1))) is None


def test_all_well_needs_no_notice():
    assert kinds(stand(), stand(DEVICES, 28 * 6)) == []
    assert kinds() == []


def test_a_lot_past_its_day_is_told_while_something_is_in_it():
    yesterday = TODAY - timedelta(days=1)
    assert kinds(stand(expires_on=yesterday), stand()) == [NoticeKind.EXPIRED]
    assert kinds(stand(mg=0, expires_on=yesterday), stand()) == []
    assert kinds(stand(expires_on=TODAY), stand()) == [NoticeKind.EXPIRING]


@pytest.mark.parametrize(("days", "told"), [(60, True), (61, False)])
def test_expiry_is_told_as_many_days_before_as_the_clinic_set(days, told):
    found = notices([stand(expires_on=TODAY + timedelta(days=days))], SETTINGS, today=TODAY)
    assert bool(found) is told
    if told:
        assert found[0].message.endswith(
            "expires on 2 May 2026, balance 5000 mg (10 vials, 100 mL)."
        )
        assert found[0].source == "Clinic setting: told 60 days before"


def test_low_stock_counts_what_is_not_expired_over_all_lots():
    old = stand(mg=9000, expires_on=date(2026, 1, 1))
    [low] = [n for n in notices([old, stand(mg=499)], SETTINGS, today=TODAY) if n.lot_id is None]
    assert low.message == "Racemic ketamine: 499 mg left that are not expired."
    assert low.source == "Clinic setting: below 500 mg"
    assert kinds(stand(mg=300), stand(mg=200)) == []


def test_devices_are_counted_in_devices():
    [low] = notices([stand(DEVICES, 28 * 5)], SETTINGS, today=TODAY)
    assert low.message == "Esketamine: 5 devices left that are not expired."
    assert low.source == "Clinic setting: below 6 devices"


def test_a_lot_below_zero_does_not_hide_what_another_holds():
    assert kinds(stand(mg=-400), stand(mg=600)) == [NoticeKind.BELOW_ZERO]


def test_a_drug_that_the_clinic_does_not_keep_is_not_low():
    assert kinds(stand(DEVICES, 28 * 6)) == []


def test_a_loss_tells_what_the_law_wants_and_a_find_does_not():
    lost, found = book((R, 5000), (C, 4500)), book((R, 5000), (C, 5500))
    [less] = notices([stand(lines=lost)], SETTINGS, today=TODAY)
    assert "500 mg (1 vial, 10 mL) less than the book" in less.message
    assert "1 business day" in less.duty
    assert less.duty_source == "21 CFR 1301.76(b)"
    [more] = notices([stand(lines=found)], SETTINGS, today=TODAY)
    assert "more than the book" in more.message
    assert not more.duty


def test_the_gravest_stands_first_and_every_fact_names_its_source():
    lines = book((R, 5000), (C, 4500))
    found = notices(
        [
            stand(mg=100, expires_on=TODAY + timedelta(days=3)),
            stand(expires_on=TODAY - timedelta(days=3)),
            stand(lines=lines, mg=100),
            stand(mg=-1),
        ],
        SETTINGS,
        today=TODAY,
    )
    assert [notice.kind for notice in found] == list(NoticeKind)
    assert all(notice.source for notice in found)


def test_a_lot_is_of_interest_until_it_is_used_up():
    assert stand().is_current
    assert stand(mg=-1).is_current
    assert not stand(mg=0).is_current
    assert stand(mg=0, lines=book((R, 10), (G, 10), (C, 5))).is_current
    assert replace(stand(mg=0), moved=False).is_current
