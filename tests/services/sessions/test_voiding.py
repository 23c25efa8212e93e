"""Strike out, take that back, move to the right patient: the record, the books, the worksheet."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from tests.builders.patients import HELD, START, a_patient, a_series, planned
from tests.builders.stock import a_lot, dose
from tests.stopping import stopped_at
from tracker.domain.codes import Drug, Route, SeriesState, SessionState
from tracker.domain.live.signing import SummaryAnswers
from tracker.domain.problems import ForbiddenError, InvalidError, NotFoundError, StaleError
from tracker.domain.sessions.findings import UncommentedError
from tracker.domain.stock.lots import Movement
from tracker.models import db
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.models.worksheets import Worksheet
from tracker.services.audit import queries as audit_queries
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.live import commands as live_commands
from tracker.services.live import entry_log
from tracker.services.patients import page as patient_page
from tracker.services.series import commands as series_commands
from tracker.services.series import queries as series_queries
from tracker.services.sessions import amendments, signing, voiding
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps
from tracker.services.sessions.moves import Signature
from tracker.services.sessions.voiding import Transfer
from tracker.services.stock import rows as stock_rows
from tracker.services.stock.rows import balances
from tracker.services.unit_of_work import AlreadySavedError

pytestmark = pytest.mark.both_databases
clock = stopped_at(START + timedelta(hours=6))
WHY = "Entered twice"


@pytest.fixture
def patient(anna):
    return a_patient(anna)


@pytest.fixture
def series(anna, patient):
    return a_series(anna, patient, sessions=3)


@pytest.fixture
def held(anna, series):
    return session_commands.record(HELD, series_id=series, session_id=planned(series)[0], by=anna)


def row(session_id):
    db.session.rollback()
    return db.session.get_one(TreatmentSession, session_id)


def exported(by, **choice):
    content = b"".join(export_stream.stream(ExportChoice("sessions", **choice), by=by)).decode()
    return [line for line in content.splitlines()[1:] if "completed" in line or "voided" in line]


def test_one_that_is_struck_out_is_kept_with_its_reason_and_counts_nowhere(anna, patient, held):
    assert voiding.void(held, WHY, version=1, by=anna) == held
    view = session_commands.find(held, by=anna)
    assert (view.record.state, view.record.state_reason) == (SessionState.VOIDED, WHY)
    assert view.record.dose_mg == Decimal("35.5")
    assert view.versions[-1].record.state is SessionState.COMPLETED
    assert view.versions[-1].reason == f"Struck out: {WHY}"
    page = patient_page.show(patient, by=anna)
    assert held not in [row.id for row in page.session_rows]
    assert [one.completed_count for one in page.series] == [0]
    assert session_commands.of_patient(patient, by=anna)[0].session_id != held
    assert exported(anna) == []
    assert len(exported(anna, voided=True)) == 1
    assert audit_queries.verify().intact


def test_it_may_be_planned_again_under_its_number(anna, series, held):
    voiding.void(held, WHY, version=1, by=anna, plan_again=True)
    stands = [row(one) for one in planned(series) if row(one).state != SessionState.VOIDED.value]
    assert [(one.number, one.state) for one in stands] == [
        (1, "planned"), (2, "planned"), (3, "planned"),
    ]  # fmt: skip
    assert stands[0].planned_on == row(held).planned_on


def test_what_was_changed_meanwhile_is_not_struck_out_unseen(anna, held):
    amendments.amend(held, structs.replace(HELD, mood_after=7), reason="Slip", version=1, by=anna)
    with pytest.raises(StaleError):
        voiding.void(held, WHY, version=1, by=anna)
    assert row(held).state == "completed"


@pytest.mark.parametrize("reason", ["", " ", "\n"])
def test_it_needs_a_reason(anna, held, reason):
    with pytest.raises(InvalidError):
        voiding.void(held, reason, version=1, by=anna)


def test_a_second_click_strikes_out_once(anna, held):
    voiding.void(held, WHY, version=1, by=anna, once="k-void-1")
    with pytest.raises(AlreadySavedError):
        voiding.void(held, WHY, version=1, by=anna, once="k-void-1")
    assert row(held).version == 2


def test_nobody_else_does(cast, held):
    for who, error in ((cast.cleo, NotFoundError), (cast.adam, NotFoundError),
                       (cast.console, ForbiddenError)):  # fmt: skip
        with pytest.raises(error):
            voiding.void(held, WHY, version=1, by=who)
        with pytest.raises(error):
            voiding.restore(held, WHY, version=1, by=who)


def test_taken_back_it_stands_as_it_was(anna, patient, series, held):
    voiding.void(held, WHY, version=1, by=anna)
    voiding.restore(held, "It was another one", version=2, by=anna)
    assert (row(held).state, row(held).number) == ("completed", 1)
    assert session_commands.find(held, by=anna).record.mood_after == HELD.mood_after
    assert len(exported(anna)) == 1


def test_taken_back_the_one_in_its_place_is_in_no_list_and_gives_its_number(anna, series, held):
    voiding.void(held, WHY, version=1, by=anna, plan_again=True)
    [there] = (one for one in planned(series) if one != held and row(one).number == 1)
    voiding.restore(held, "It was held", version=2, by=anna)
    assert row(held).number == 1
    assert row(there).state == "voided"
    assert row(there).state_reason == voiding.STANDS_AGAIN
    listed = {one.session_id for one in series_queries.find(series, by=anna).sessions}
    assert {held, there} & listed == {held}
    again = structs.replace(HELD, comment="Twice that day.")
    assert row(session_commands.record(again, series_id=series, by=anna)).number == 4


def test_taken_back_it_takes_the_next_number_where_its_own_was_given_away(anna, series, held):
    voiding.void(held, WHY, version=1, by=anna, plan_again=True)
    [there] = (one for one in planned(series) if one != held and row(one).number == 1)
    session_commands.record(
        structs.replace(HELD, comment="As planned."), series_id=series, session_id=there, by=anna
    )
    voiding.restore(held, "It was held", version=2, by=anna)
    assert (row(held).number, row(there).number) == (4, 1)


def test_one_more_takes_the_number_that_was_given_back(anna, series):
    extra = session_commands.record(HELD, series_id=series, by=anna)
    voiding.void(extra, WHY, version=1, by=anna)
    made = life_steps.add(series, START.date() + timedelta(days=20), by=anna)
    assert (row(extra).number, row(made).number) == (4, 4)


def test_its_worksheet_is_withdrawn_and_opened_again(anna, patient):
    series = a_series(
        anna, patient, drug="esketamine", route="nasal", planned_dose_mg=Decimal(56),
        planned_dose_mg_per_kg=None,
    )  # fmt: skip
    given = structs.replace(
        HELD,
        drug=Drug.ESKETAMINE,
        route=Route.NASAL,
        dose_mg=Decimal(56),
        comment="As planned",
        duration_minutes=None,
    )
    held = session_commands.record(given, series_id=series, session_id=planned(series)[0], by=anna)

    def state():
        db.session.rollback()
        return db.session.scalar(db.select(Worksheet.state).where(Worksheet.session_id == held))

    assert state() == "draft"
    voiding.void(held, WHY, version=1, by=anna)
    assert state() == "withdrawn"
    voiding.restore(held, "It was held", version=2, by=anna)
    assert state() == "draft"


def test_nobody_signed_what_was_struck_out_while_it_was_under_way(anna, series):
    live = live_commands.begin(planned(series)[0], by=anna)
    dose(anna, live, 40, None)
    voiding.void(live, WHY, version=1, by=anna)
    assert session_commands.find(live, by=anna).signature == Signature("", None)


class TestTransfer:
    @pytest.fixture
    def other(self, anna):
        return a_patient(anna, "C-9", given_name="Cleo", family_name="Other")

    @pytest.fixture
    def there(self, anna, other):
        return a_series(anna, other)

    def test_it_is_struck_out_here_and_recorded_there_in_one_step(self, anna, held, there, patient):
        target = Transfer(there, planned(there)[0], reason="Wrong patient")
        made = voiding.transfer(held, target, version=1, by=anna)
        assert made == planned(there)[0]
        assert (row(held).state, row(made).moved_from_id) == ("voided", held)
        moved = session_commands.find(made, by=anna)
        assert moved.record.state is SessionState.COMPLETED
        assert moved.record.dose_mg == HELD.dose_mg
        assert moved.record.before == HELD.before
        assert len(exported(anna)) == 1

    def test_whoever_it_was_recorded_for_by_mistake_is_expected_again(
        self, anna, held, series, there, patient
    ):
        target = Transfer(there, planned(there)[0], reason="Wrong patient", plan_again=True)
        voiding.transfer(held, target, version=1, by=anna)
        again = next(
            one
            for one in series_queries.find(series, by=anna).sessions
            if one.number == 1 and one.session_id != held
        )
        assert (again.state, again.planned_on) == (SessionState.PLANNED, row(held).planned_on)

    def test_what_is_unusual_there_wants_a_comment_and_nothing_moves_without(
        self, anna, held, there
    ):
        session_commands.record(
            structs.replace(HELD, weight_kg=Decimal(100), dose_mg=Decimal(50)),
            series_id=there, session_id=planned(there)[0], by=anna,
        )  # fmt: skip
        target = Transfer(there, planned(there)[1], reason="Wrong patient")
        with pytest.raises(UncommentedError) as caught:
            voiding.transfer(held, target, version=1, by=anna)
        assert "was going on" in str(caught.value)
        assert row(held).state == "completed"
        said = structs.replace(target, comment="Both are right")
        made = voiding.transfer(held, said, version=1, by=anna)
        assert session_commands.find(made, by=anna).record.comment == "Both are right"

    def test_to_another_series_of_the_same_patient_it_is_not_compared_with_itself(
        self, anna, patient, held
    ):
        pain = a_series(anna, patient, number=2, indication="chronic-pain")
        made = voiding.transfer(
            held, Transfer(pain, None, reason="Wrong series"), version=1, by=anna
        )
        assert (row(made).series_id, row(made).number) == (pain, 3)

    def test_back_again_it_is_recorded_once(self, anna, held, there):
        made = voiding.transfer(
            held, Transfer(there, None, reason="Wrong patient"), version=1, by=anna
        )
        with pytest.raises(InvalidError, match="Strike that record out first"):
            voiding.restore(held, "No", version=2, by=anna)
        voiding.void(made, "It was Ben after all", version=row(made).version, by=anna)
        voiding.restore(held, "It was Ben after all", version=2, by=anna)
        assert len(exported(anna)) == 1

    def test_the_planned_one_waits_again_with_its_own_dose_and_can_be_moved_back_to(
        self, anna, series, held, there
    ):
        row(held).planned_dose_mg = Decimal(28)
        db.session.commit()
        target = Transfer(there, planned(there)[0], reason="Cleo's", plan_again=True)
        made = voiding.transfer(held, target, version=1, by=anna)
        (waits,) = [one for one in planned(series) if row(one).number == 1 and one != held]
        assert (row(waits).state, row(waits).planned_on) == ("planned", row(held).planned_on)
        assert row(waits).planned_dose_mg == Decimal(28)
        back = Transfer(series, waits, reason="Ben's after all", plan_again=True)
        assert voiding.transfer(made, back, version=row(made).version, by=anna) == waits
        assert (row(waits).state, row(waits).number) == ("completed", 1)
        assert sum(row(one).state == "planned" for one in planned(there)) == len(
            {row(one).number for one in planned(there)}
        )

    def test_in_a_series_that_is_over_nothing_waits_again(self, anna, series, held, there):
        db.session.get_one(Series, series).state = "stopped"
        db.session.commit()
        with pytest.raises(InvalidError, match="The series is stopped"):
            voiding.transfer(
                held, Transfer(there, None, reason="Cleo's", plan_again=True), version=1, by=anna
            )
        assert row(held).state == "completed"

    def test_a_series_of_another_drug_asks_why(self, anna, held, other):
        there = a_series(
            anna, other, drug="esketamine", route="nasal", planned_dose_mg=Decimal(56),
            planned_dose_mg_per_kg=None,
        )  # fmt: skip
        with pytest.raises(InvalidError, match="another drug or route"):
            voiding.transfer(held, Transfer(there, None, reason="x"), version=1, by=anna)

    def test_strangers_series_do_not_exist(self, cast, held, there):
        for who in (cast.cleo, cast.adam):
            with pytest.raises(NotFoundError):
                voiding.transfer(held, Transfer(there, None, reason="x"), version=1, by=who)

    def test_its_log_and_what_it_drew_go_along(self, anna, patient, there):
        series = a_series(anna, patient, number=2, starts_on=START.date())
        lot = a_lot(anna, mg=500)
        live = live_commands.begin(planned(series)[0], by=anna)
        dose(anna, live, 40, lot)
        answers = SummaryAnswers(comment="As planned")
        signing.sign(live, answers, sequence=1, by=anna)
        assert balances(anna)[lot] == 460
        target = Transfer(there, None, reason="Wrong patient", comment="Right")
        made = voiding.transfer(live, target, version=row(live).version, by=anna)
        assert balances(anna)[lot] == 460
        standing = [
            line.session_id
            for line in stock_rows.lines(anna, stock_rows.IN_EFFECT)
            if line.movement is Movement.GIVEN
        ]
        assert standing == [made]
        assert [entry.key for entry in entry_log.of_session(made)] == [
            entry.key for entry in entry_log.of_session(live)
        ]
        voiding.void(made, "Never held", version=row(made).version, by=anna)
        assert balances(anna)[lot] == 500
        voiding.restore(made, "It was", version=row(made).version, by=anna)
        assert balances(anna)[lot] == 460

    def test_moved_twice_it_stands_once(self, anna, held, there):
        third = a_series(anna, a_patient(anna, "C-10", given_name="Dana", family_name="Third"))
        made = voiding.transfer(held, Transfer(there, None, reason="Wrong"), version=1, by=anna)
        last = voiding.transfer(
            made, Transfer(third, None, reason="Wrong"), version=row(made).version, by=anna
        )
        for one in (held, made):
            with pytest.raises(InvalidError, match="Strike that record out first"):
                voiding.restore(one, "No", version=row(one).version, by=anna)
        assert session_commands.find(held, by=anna).moves.stands_at == last
        assert len(exported(anna)) == 1

    def test_it_says_who_signed_it_there_and_who_moved_it_here(self, anna, held, there):
        bea = structs.replace(anna, name="Bea Clinician")
        clock_at = row(held).recorded_at
        made = voiding.transfer(held, Transfer(there, None, reason="Wrong"), version=1, by=bea)
        view = session_commands.find(made, by=anna)
        [before] = view.moves.before
        assert (before.session_id, before.by, before.at) == (held, "Anna Clinician", clock_at)
        assert (view.signature.by, view.signature.at) == ("Bea Clinician", row(made).recorded_at)
        third = a_series(anna, a_patient(anna, "C-10", given_name="Dana", family_name="Third"))
        last = voiding.transfer(
            made, Transfer(third, None, reason="Wrong"), version=row(made).version, by=anna
        )
        told = [
            (one.session_id, one.by) for one in session_commands.find(last, by=anna).moves.before
        ]
        assert told == [(held, "Anna Clinician"), (made, "Bea Clinician")]

    def test_let_stand_again_and_moved_on_both_records_are_remembered(self, anna, held, there):
        third = a_series(anna, a_patient(anna, "C-10", given_name="Dana", family_name="Third"))
        made = voiding.transfer(held, Transfer(there, None, reason="Wrong"), version=1, by=anna)
        voiding.void(made, "Not Cleo either", version=row(made).version, by=anna)
        voiding.restore(held, "To be moved on", version=2, by=anna)
        last = voiding.transfer(held, Transfer(third, None, reason="Dana's"), version=3, by=anna)
        moves = session_commands.find(held, by=anna).moves
        assert [(one.session_id, one.stands) for one in moves.went] == [(made, False), (last, True)]
        assert moves.stands_at == last
        for one in (made, last):
            assert session_commands.find(one, by=anna).moves.before[0].session_id == held
        with pytest.raises(InvalidError, match="Strike that record out first"):
            voiding.restore(made, "No", version=row(made).version, by=anna)

    def test_whoever_let_it_stand_again_says_why(self, anna, held):
        voiding.void(held, WHY, version=1, by=anna)
        voiding.restore(held, "It was another one", version=2, by=anna)
        [again] = session_commands.find(held, by=anna).amendments
        assert again.reason == "Restored: It was another one"
        assert again.stands_again

    def test_taken_back_here_it_is_not_taken_back_there_as_well(self, anna, held, there):
        made = voiding.transfer(held, Transfer(there, None, reason="Wrong"), version=1, by=anna)
        voiding.void(made, "It was Ben", version=row(made).version, by=anna)
        assert session_commands.find(held, by=anna).moves.stands_at is None
        voiding.restore(held, "It was Ben", version=2, by=anna)
        with pytest.raises(InvalidError, match="Strike that record out first"):
            voiding.restore(made, "No", version=row(made).version, by=anna)
        assert len(exported(anna)) == 1


def test_one_that_goes_on_is_not_taken_back_beside_another(anna, patient, series):
    first, second, _ = planned(series)
    live_commands.begin(first, by=anna, reason="Today")
    dose(anna, first, 35, None)
    voiding.void(first, WHY, version=row(first).version, by=anna)
    live_commands.begin(second, by=anna, reason="Today")
    with pytest.raises(InvalidError, match="Another session of this patient is under way"):
        voiding.restore(first, "It was held", version=row(first).version, by=anna)


def test_in_a_series_that_is_over_nothing_is_planned_in_its_place(anna, series, held):
    version = db.session.get_one(Series, series).version
    series_commands.set_state(series, SeriesState.STOPPED, "Done", version=version, by=anna)
    with pytest.raises(InvalidError, match="Take it up again first"):
        voiding.void(held, WHY, version=1, by=anna, plan_again=True)
    assert row(held).state == "completed"
