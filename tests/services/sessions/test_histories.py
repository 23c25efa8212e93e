"""Two hundred random histories of two patients' sessions, beside the table of ways.

Whatever is done, a step leads where the table says or is refused; what is struck out is nowhere but
in its history; the stock balances; and no two sessions of a patient go on without a stated reason.
"""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from msgspec import structs
from sqlalchemy import text

from tests.builders.patients import HELD, START, a_patient, a_series, planned
from tests.builders.plans import move
from tests.builders.stock import VIALS, a_lot, dose
from tests.stopping import stopped_at
from tracker.domain.codes import SessionState
from tracker.domain.live.signing import SummaryAnswers
from tracker.domain.problems import InvalidError, StaleError
from tracker.domain.sessions import life
from tracker.domain.sessions.life import Step
from tracker.models import db
from tracker.models.series import Series
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.exports import stream as export_stream
from tracker.services.exports.stream import ExportChoice
from tracker.services.live import commands as live_commands
from tracker.services.live import entry_log
from tracker.services.patients import page as patient_page
from tracker.services.sessions import amendments, signing, voiding
from tracker.services.sessions import commands as session_commands
from tracker.services.sessions import life as life_steps
from tracker.services.sessions.voiding import Transfer
from tracker.services.stock import rows as stock_rows

clock = stopped_at(START + timedelta(hours=6))
STOCK_MG, DOSE_MG = Decimal(100_000), Decimal(40)
WHY = "Stated"
STEPS = st.sampled_from([step for step in Step if step is not Step.BEGIN])
S = SessionState
BEFORE = START.date() - timedelta(days=1)
# What only the other record, or the other log, stands against.
LATER = ("End that one first", "Strike that record out first", "log of its own")


class History(RuleBasedStateMachine):
    """Everything that can be done with the sessions of two patients."""

    by = None
    made = 0
    taken: ClassVar = Counter()

    @initialize()
    def begin(self):
        type(self).made += 1
        db.session.rollback()
        self.lot_id = a_lot(self.by, _lot(self.made), float(STOCK_MG))
        self.patients = [a_patient(self.by, f"H-{self.made}-{n}") for n in (1, 2)]
        first = START.date() - timedelta(days=3)  # nobody misses what is still to come
        self.series = [a_series(self.by, one, starts_on=first) for one in self.patients]
        self.sessions = [one for series in self.series for one in planned(series)]
        self.states = dict.fromkeys(self.sessions, S.PLANNED)
        self.amended = 0

    def pick(self, data):
        return data.draw(st.sampled_from(self.sessions))

    @rule(data=st.data(), gives=st.booleans())
    def begin_one(self, data, gives):
        one = self.pick(data)
        was, there = self.states[one], stored(one)
        try:
            live_commands.begin(one, by=self.by, reason=WHY)
        except InvalidError:
            assert life.find(Step.BEGIN, was, given=False) is None
            return
        assert was is S.UNDER_WAY or life.find(Step.BEGIN, was, given=False)
        if was is not S.UNDER_WAY and there.started_at is not None:
            assert was in (S.CANCELLED, S.MISSED, S.PLANNED)
        self.states[one] = S.UNDER_WAY
        if gives:
            dose(self.by, one, DOSE_MG, self.lot_id)

    @rule(data=st.data())
    def begin_extra(self, data):
        series = data.draw(st.sampled_from(self.series))
        made = live_commands.begin_extra(series, by=self.by, reason=WHY)
        self.sessions.append(made)
        self.states[made] = S.UNDER_WAY

    @rule(data=st.data(), step=STEPS)
    def try_any(self, data, step):
        self.take(self.pick(data), step)

    @rule(data=st.data())
    def go_on(self, data):
        one = self.pick(data)
        ways = life.ways(self.states[one], given=stored(one).started_at is not None)
        self.take(one, data.draw(st.sampled_from([w.step for w in ways if w.step in DEEDS])))

    def take(self, one, step):
        row = stored(one)
        ways = life.ways(self.states[one], given=row.started_at is not None)
        ends = {way.end for way in ways if way.step is step}
        made, refused = self.attempt(step, row)
        if refused:
            assert not ends or any(words in refused for words in LATER), refused
            return
        assert ends
        self.taken[step] += 1
        self.states[one] = S(stored(one).state)
        assert self.states[one] in ends
        if step is Step.TRANSFER:
            self.states[made] = S.COMPLETED
            if made not in self.sessions:
                self.sessions.append(made)

    def attempt(self, step, row):
        """Take a step; give what it made, or why it was refused."""
        try:
            return DEEDS[step](self, row), ""
        except InvalidError as error:
            return None, str(error)
        except StaleError:
            return None, "Somebody recorded it."

    def sign(self, row):
        log = entry_log.of_session(row.id)
        last = log[-1].sequence if log else 0
        return signing.sign(row.id, SummaryAnswers(comment=WHY), sequence=last, by=self.by)

    def amend(self, row):
        self.amended += 1
        # Another comment: the one that stands answers nothing that came up since.
        again = f"Amended {self.amended}"
        draft = structs.replace(_held(dose_notes=again), comment=again)
        return amendments.amend(row.id, draft, reason=WHY, version=row.version, by=self.by)

    def transfer(self, row):
        there = next(one for one in self.series if one != row.series_id)
        target = Transfer(there, None, reason=WHY, comment=WHY)
        return voiding.transfer(row.id, target, version=row.version, by=self.by)

    def record(self, row):
        return session_commands.record(
            _held(), series_id=row.series_id, session_id=row.id, by=self.by
        )

    @invariant()
    def the_stock_balances(self):
        drawn = stock_rows.lines(self.by, stock_rows.IN_EFFECT)
        standing = [
            line for line in drawn if line.lot_id == self.lot_id and line.session_id is not None
            and line.movement != "reversed"
        ]  # fmt: skip
        assert all(self.states[line.session_id] is not S.VOIDED for line in standing)
        total = sum((line.amount_mg for line in standing), Decimal(0))
        assert stock_rows.balances(self.by)[self.lot_id] == STOCK_MG - total

    @invariant()
    def two_go_on_only_with_a_reason(self):
        for patient_id in self.patients:
            going_on = [row for row in rows(patient_id) if row.state == S.UNDER_WAY.value]
            without = [row for row in going_on if not row.begin_reason]
            assert len(without) <= 1

    @invariant()
    def a_series_waits_only_while_nothing_goes_on_or_was_held_in_it(self):
        db.session.rollback()
        for one in self.series:
            if db.session.get_one(Series, one).state == "planned":
                held = {S.COMPLETED.value, S.UNDER_WAY.value}
                assert not held & {row.state for patient in self.patients for row in rows(patient)
                                   if row.series_id == one}  # fmt: skip

    @invariant()
    def numbers_are_taken_once(self):
        for patient_id in self.patients:
            stand = [row for row in rows(patient_id) if row.state != S.VOIDED.value]
            assert len({row.number for row in stand}) == len(stand)

    def teardown(self):
        struck_out = {one for one, state in self.states.items() if state is S.VOIDED}
        for patient_id in self.patients:
            page = patient_page.show(patient_id, by=self.by)
            shown = {row.id for row in page.session_rows}
            shown |= {line.session_id for one in page.series for line in one.sessions}
            assert not shown & struck_out
        for kind in ("sessions", "readings", "adverse-events"):
            content = b"".join(export_stream.stream(ExportChoice(kind), by=self.by)).decode()
            assert not [one for one in struck_out if str(one) in content]


DEEDS = {
    Step.NOT_BEGUN: lambda at, row: life_steps.undo_begin(
        row.id, take_back=True, reason=WHY, by=at.by
    ),
    Step.RECORD: History.record,
    Step.SIGN: History.sign,
    Step.AMEND: History.amend,
    Step.MOVE: lambda at, row: move(row.id, BEFORE, by=at.by),
    Step.CANCEL: lambda at, row: life_steps.cancel_or_miss(row.id, S.CANCELLED, WHY, by=at.by),
    Step.MISS: lambda at, row: life_steps.cancel_or_miss(row.id, S.MISSED, WHY, by=at.by),
    Step.PLAN_AGAIN: lambda at, row: life_steps.plan_again(row.id, by=at.by),
    Step.VOID: lambda at, row: voiding.void(row.id, WHY, version=row.version, by=at.by),
    Step.RESTORE: lambda at, row: voiding.restore(row.id, WHY, version=row.version, by=at.by),
    Step.TRANSFER: History.transfer,
}


def _lot(number):
    return structs.replace(VIALS, lot_number=f"H-{number}")


def _held(**values):
    return structs.replace(HELD, comment=WHY, **values)


def rows(patient_id):
    db.session.rollback()
    return db.session.scalars(
        db.select(TreatmentSession).where(TreatmentSession.patient_id == patient_id)
    ).all()


def stored(session_id):
    db.session.rollback()
    return db.session.get_one(TreatmentSession, session_id)


def test_two_hundred_histories_lead_where_the_table_says(app, cast):
    # Thousands of commits: none of them has to survive a power cut.
    db.session.execute(text("PRAGMA synchronous = OFF"))
    db.session.rollback()
    machine = type("History", (History,), {"by": cast.anna})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=200,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],  # to shrink takes minutes, and a history says enough
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert machine.made >= 200
    assert set(machine.taken) == set(DEEDS)  # none of them was only ever refused
