"""The controlled-drug ledger: lots, movements, counts, reversals, and who may do what."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from tests.builders import courses
from tests.builders.stock import DEVICES, VIALS, a_lot, amount
from tracker.domain.codes import Drug
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError
from tracker.domain.stock.balance import NoticeKind
from tracker.domain.stock.lots import Movement
from tracker.models import db
from tracker.models.audit import AuditEvent
from tracker.models.clinics import Clinic
from tracker.models.stock import StockEntry
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.stock import commands as stock_commands
from tracker.services.stock import queries as stock_queries
from tracker.services.unit_of_work import AlreadySavedError, unit_of_work


@pytest.fixture
def vials(anna):
    return a_lot(anna, mg=5000)


def left(by, lot_id):
    return stock_queries.find(lot_id, by=by).status.balance_mg


def fields(error):
    return {problem.field for problem in error.value.problems}


def actions():
    return [line.action for line in db.session.scalars(select(AuditEvent))]


def held(by, *, days_ago=1, **values):
    """Store a recorded ketamine session of 35 mg, some days ago, and return its id."""
    number = str(db.session.scalar(select(db.func.count()).select_from(TreatmentSession)))
    treated = courses.treat(by, record_number=f"S-{number}", sessions=0, scores=0)
    with unit_of_work(by) as unit:
        at = unit.now - timedelta(days=days_ago)
        made = courses.add_session(by, treated, number=1, started_at=at, **values)
        unit.audit("test.held")
    return made


@pytest.mark.both_databases
def test_a_book_is_written_line_by_line_and_adds_up(anna, vials):
    stock_commands.receive(vials, amount("0.1"), by=anna)
    stock_commands.receive(vials, amount("0.2"), by=anna)
    stock_commands.waste(vials, amount("14.5"), by=anna)
    stock_commands.give_back(vials, amount(1000), by=anna)
    stock_commands.count(vials, amount(3980), by=anna)
    book = stock_queries.find(vials, by=anna)
    assert [shown.row.line.sequence for shown in book.rows] == [1, 2, 3, 4, 5, 6]
    assert book.status.balance_mg == Decimal("3985.8")
    assert book.status.variance_mg == Decimal("-5.8")
    [stand] = stock_queries.lots(by=anna)
    assert (stand.balance_mg, stand.count) == (book.status.balance_mg, book.status.count)
    assert [notice.kind for notice in book.notices] == [NoticeKind.VARIANCE]


@pytest.mark.both_databases
def test_a_count_is_held_against_what_came_before_it_in_time(anna, vials):
    stock_commands.count(vials, amount(4000), by=anna)
    early = clock.now() - timedelta(hours=1)
    stock_commands.waste(vials, amount(1000, at=early), by=anna)
    [stand] = stock_queries.lots(by=anna)
    assert (stand.balance_mg, stand.variance_mg) == (4000, 0)
    stock_commands.waste(vials, amount(10), by=anna)
    [stand] = stock_queries.lots(by=anna)
    assert (stand.balance_mg, stand.variance_mg) == (3990, 0)
    assert stand.count == stock_queries.find(vials, by=anna).status.count


@pytest.mark.both_databases
def test_two_who_write_at_once_both_stand_in_the_book(app, anna, vials):
    gate, failed = threading.Barrier(4, timeout=20), []

    def act(mg):
        with app.app_context():
            gate.wait()
            try:
                for _ in range(3):
                    stock_commands.waste(vials, amount(mg), by=anna)
            except Exception as error:  # noqa: BLE001
                failed.append(error)
            db.session.remove()

    threads = [threading.Thread(target=act, args=(mg,)) for mg in (1, 10, 100, 1000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    book = stock_queries.find(vials, by=anna)
    assert [shown.row.line.sequence for shown in book.rows] == list(range(1, 14))
    assert book.status.balance_mg == 5000 - 3 * 1111


@pytest.mark.both_databases
def test_of_two_who_reverse_at_once_one_finds_it_done(app, anna, vials):
    entry = stock_commands.waste(vials, amount(10), by=anna)
    gate, outcomes = threading.Barrier(2, timeout=20), []

    def act():
        with app.app_context():
            gate.wait()
            try:
                stock_commands.reverse(entry, "typed twice", by=anna)
                outcomes.append("reversed")
            except InvalidError as error:
                outcomes.append(error.problems[0].message)
            db.session.remove()

    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["This entry was reversed already.", "reversed"]
    assert left(anna, vials) == 5000


@pytest.mark.both_databases
def test_a_form_sent_twice_is_written_once(anna, vials):
    made = stock_commands.waste(vials, amount(10), by=anna, once="one-form")
    with pytest.raises(AlreadySavedError) as again:
        stock_commands.waste(vials, amount(10), by=anna, once="one-form")
    assert again.value.result_id == made
    assert left(anna, vials) == 4990


def test_a_lot_comes_with_what_was_received_or_without(anna):
    assert left(anna, a_lot(anna, DEVICES, 28 * 6)) == 168
    assert stock_queries.find(a_lot(anna), by=anna).rows == ()


def test_faults_of_a_lot_and_of_what_came_with_it_are_told_together(anna):
    with pytest.raises(InvalidError) as error:
        stock_commands.add_lot(replace(VIALS, lot_number=""), amount(0, reason=""), by=anna)
    assert fields(error) == {"lot_number", "amount_mg", "reason"}
    with pytest.raises(InvalidError) as error:
        stock_commands.add_lot(replace(VIALS, unit_mg=None), amount(0), by=anna)
    assert fields(error) == {"unit_mg"}


def test_a_lot_is_entered_once(cast, anna, vials):
    with pytest.raises(InvalidError) as error:
        stock_commands.add_lot(replace(VIALS, lot_number=" KX-17 "), by=anna)
    assert fields(error) == {"lot_number"}
    a_lot(anna, replace(VIALS, unit_mg=Decimal(200)))  # the same number on another strength
    a_lot(cast.cleo)


@pytest.mark.both_databases
def test_what_was_typed_wrong_from_a_label_is_put_right_and_told(anna, vials):
    right = replace(VIALS, lot_number="KX-71", expires_on=date(2098, 1, 31))
    stock_commands.correct_lot(vials, right, by=anna)
    assert stock_queries.find(vials, by=anna).lot.lot_number == "KX-71"
    wanted = select(AuditEvent.detail).where(AuditEvent.action == "lot.corrected")
    assert db.session.scalars(wanted).all() == ["lot_number was KX-17, expires_on was 2099-03-31"]
    with pytest.raises(InvalidError, match="Nothing differs"):
        stock_commands.correct_lot(vials, right, by=anna)
    other = a_lot(anna)
    with pytest.raises(InvalidError, match="entered already"):
        stock_commands.correct_lot(other, right, by=anna)


def test_faults_of_a_movement_are_told_together_and_nothing_is_written(anna, vials):
    with pytest.raises(InvalidError) as error:
        stock_commands.waste(vials, amount(-1, witness="anna clinician"), by=anna)
    assert fields(error) == {"amount_mg", "witness"}
    assert left(anna, vials) == 5000


def test_a_reversal_stands_beside_what_it_takes_out(anna, vials):
    entry = stock_commands.waste(vials, amount(10), by=anna)
    made = stock_commands.reverse(entry, " typed twice ", by=anna)
    *_, wasted, reversal = [shown.row for shown in stock_queries.find(vials, by=anna).rows]
    assert (wasted.reversed_by, reversal.reverses) == (3, 2)
    assert (reversal.line.movement, reversal.line.reason) == (Movement.REVERSED, "typed twice")
    for again in (entry, made):
        with pytest.raises(InvalidError):
            stock_commands.reverse(again, "once more", by=anna)
    with pytest.raises(InvalidError) as error:
        stock_commands.reverse(stock_commands.count(vials, amount(1), by=anna), " ", by=anna)
    assert fields(error) == {"reason"}


@pytest.mark.both_databases
def test_every_deed_leaves_a_line(anna, vials):
    entry = stock_commands.waste(vials, amount(10), by=anna)
    stock_commands.give_back(vials, amount(10), by=anna)
    stock_commands.count(vials, amount(10), by=anna)
    stock_commands.reverse(entry, "typed twice", by=anna)
    stock_queries.find(vials, by=anna)
    stock_queries.overview(by=anna)
    assert actions()[-8:] == [
        "lot.added", "stock.received", "stock.wasted", "stock.returned", "stock.counted",
        "stock.reversed", "lot.viewed", "stock.viewed",
    ]  # fmt: skip


@pytest.mark.both_databases
def test_a_recorded_dose_is_drawn_afterwards_and_no_more_than_it(anna, vials):
    done = held(anna)
    [waiting] = stock_queries.list_differences(by=anna)
    assert (waiting.session_id, waiting.left_mg) == (done, 35)
    stock_commands.give(vials, done, Decimal("20.5"), by=anna)
    [waiting] = stock_queries.list_differences(by=anna)
    assert (waiting.drawn_mg, waiting.left_mg) == (Decimal("20.5"), Decimal("14.5"))
    with pytest.raises(InvalidError, match=r"14\.5 mg are not drawn yet"):
        stock_commands.give(vials, done, Decimal(15), by=anna)
    stock_commands.give(vials, done, by=anna)
    assert stock_queries.list_differences(by=anna) == []
    assert left(anna, vials) == 4965
    with pytest.raises(InvalidError, match="drawn already"):
        stock_commands.give(vials, done, by=anna)
    [_, shown, _] = stock_queries.find(vials, by=anna).rows
    assert (shown.patient_label, shown.session_number) == ("Patient, Ben", 1)
    assert shown.row.line.at == waiting.started_at


def test_a_draw_that_was_reversed_waits_again(anna, vials):
    entry = stock_commands.give(vials, held(anna), by=anna)
    stock_commands.reverse(entry, "another lot", by=anna)
    assert [one.left_mg for one in stock_queries.list_differences(by=anna)] == [35]


def test_too_much_drawn_is_seen_as_well(anna, vials):
    done = held(anna)
    stock_commands.give(vials, done, by=anna)
    with unit_of_work(anna) as unit:
        row = db.session.get_one(TreatmentSession, done)
        row.dose_mg = Decimal(30)
        unit.audit("test.amended")
    assert [one.left_mg for one in stock_queries.list_differences(by=anna)] == [-5]


def test_only_recorded_sessions_of_late_with_a_dose_wait(anna):
    held(anna, days_ago=31)
    held(anna, state="under-way")
    held(anna, dose_mg=None)
    late = held(anna, days_ago=29)
    drops = held(anna, days_ago=2, drug="esketamine", dose_mg=Decimal(56))
    assert [one.session_id for one in stock_queries.list_differences(by=anna)] == [drops, late]
    assert [
        one.session_id for one in stock_queries.list_differences(by=anna, drug=Drug.KETAMINE)
    ] == [late]


def test_a_dose_is_drawn_from_a_lot_of_its_drug_in_whole_devices(anna, vials):
    drops = held(anna, drug="esketamine", route="nasal", dose_mg=Decimal(56))
    devices = a_lot(anna, DEVICES, 280)
    with pytest.raises(InvalidError, match="racemic ketamine"):
        stock_commands.give(vials, drops, by=anna)
    with pytest.raises(InvalidError, match="whole devices"):
        stock_commands.give(devices, drops, Decimal(30), by=anna)
    with pytest.raises(InvalidError, match="recorded session"):
        stock_commands.give(devices, held(anna, state="under-way"), by=anna)
    stock_commands.give(devices, drops, by=anna)
    assert left(anna, devices) == 224


def test_at_the_chair_the_lot_that_expires_first_stands_first_and_an_expired_one_last(anna, vials):
    soon = a_lot(anna, replace(VIALS, lot_number="A", expires_on=date(2098, 1, 1)), 500)
    old = a_lot(anna, replace(VIALS, lot_number="B", expires_on=date(2020, 1, 31)), 500)
    fresh = a_lot(anna, replace(VIALS, lot_number="C"))
    used = a_lot(anna, replace(VIALS, lot_number="D"), 500)
    stock_commands.waste(used, amount(500), by=anna)
    a_lot(anna, DEVICES, 280)
    found = stock_queries.pickable(Drug.KETAMINE, by=anna)
    assert [choice.lot_id for choice in found] == [soon, fresh, vials, old]
    assert [choice.is_expired for choice in found] == [False, False, False, True]
    assert found[0].label == (
        "Lot A, vial of 500 mg (50 mg/mL), expires 1 Jan 2098, 500 mg (1 vial, 10 mL) left"
    )
    assert "EXPIRED 31 Jan 2020" in found[-1].label
    assert "nothing received yet" in found[1].label


def test_notices_keep_to_what_the_clinic_set(anna, vials):
    stock_commands.waste(vials, amount(4600), by=anna)
    assert [notice.kind for notice in stock_queries.notices(by=anna)] == [NoticeKind.LOW]
    with unit_of_work(anna) as unit:
        db.session.execute(
            update(Clinic)
            .where(Clinic.id == anna.clinic_id)
            .values(settings={"low_ketamine_mg": 400})
        )
        unit.audit("test.set")
    assert stock_queries.notices(by=anna) == []


def test_lots_that_are_used_up_are_shown_on_demand(anna, vials):
    stock_commands.waste(vials, amount(5000), by=anna)
    assert stock_queries.overview(by=anna).lots == ()
    assert len(stock_queries.overview(by=anna, everything=True).lots) == 1


def test_another_clinics_stock_is_not_there(cast, anna, vials):
    entry = stock_commands.waste(vials, amount(10), by=anna)
    strange = held(anna)
    theirs = a_lot(cast.cleo, mg=500)
    for deed in (
        lambda: stock_queries.find(vials, by=cast.cleo),
        lambda: stock_commands.receive(vials, amount(1), by=cast.cleo),
        lambda: stock_commands.reverse(entry, "mine", by=cast.cleo),
        lambda: stock_commands.correct_lot(vials, DEVICES, by=cast.cleo),
        lambda: stock_commands.give(theirs, strange, by=cast.cleo),
        lambda: stock_queries.find(7, by=anna),
    ):
        with pytest.raises(NotFoundError):
            deed()
    assert [one.lot.lot_id for one in stock_queries.lots(by=cast.cleo)] == [theirs]
    assert stock_queries.list_differences(by=cast.cleo) == []


def test_whoever_is_no_clinician_keeps_no_stock(cast, vials):
    for deed in (
        lambda: stock_queries.overview(by=cast.adam),
        lambda: stock_queries.notices(by=cast.adam),
        lambda: stock_queries.pickable(Drug.KETAMINE, by=cast.adam),
        lambda: stock_commands.receive(vials, amount(1), by=cast.console),
        lambda: a_lot(cast.adam),
    ):
        with pytest.raises(ForbiddenError):
            deed()
    assert left(cast.console, vials) == 5000


def test_an_entry_says_who_wrote_it_and_when(anna, vials):
    early = clock.now() - timedelta(days=2)
    entry = stock_commands.waste(vials, amount(10, at=early), by=anna)
    row = db.session.get_one(StockEntry, entry)
    assert (row.by, row.by_id, row.witness) == ("Anna Clinician", anna.user_id, "Wanda Nurse")
    assert row.at == early < row.recorded_at
