"""A hundred random histories of a lot: the book adds up, and nothing that stands in it changes."""

from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec import structs
from sqlalchemy import text

from tests.builders.entries import under_way
from tests.builders.stock import DEVICES, VIALS, a_lot, amount, dose, take_back
from tracker.domain.problems import InvalidError
from tracker.domain.stock import balance as stock_balance
from tracker.domain.stock.lots import Movement
from tracker.models import db
from tracker.models.stock import StockEntry
from tracker.services.stock import commands as stock_commands
from tracker.services.stock import rows as stock_rows

AMOUNTS = st.decimals("0.0001", 2000, places=4)
DEEDS = {
    "received": stock_commands.receive,
    "wasted": stock_commands.waste,
    "returned": stock_commands.give_back,
    "counted": stock_commands.count,
}
SIGNS = {"received": 1, "wasted": -1, "returned": -1, "counted": 0}


def stored(lot_id):
    """Read the book as it lies on the disk, past everything of ours."""
    wanted = text("SELECT * FROM stock_entry WHERE lot_id = :lot ORDER BY sequence")
    rows = db.session.connection().execute(wanted, {"lot": lot_id})
    return [repr(tuple(row)) for row in rows]


class History(RuleBasedStateMachine):
    """Everything that can be done to a lot, beside a plain sum of what was done."""

    by = None
    made = 0

    @initialize(of=st.sampled_from([VIALS, DEVICES]))
    def begin(self, of):
        type(self).made += 1
        self.session_id = under_way(self.by, f"N-{self.made}", drug=of.drug.value)
        self.lot_id = a_lot(self.by, structs.replace(of, lot_number=f"N-{self.made}"))
        self.unit_mg = of.unit_mg if of is DEVICES else None
        self.moved = {}  # entry -> what it adds
        self.doses = {}  # key of the last entry of a chain at the chair -> what is drawn for it
        self.taken_out, self.seen = set(), []

    def fit(self, mg):
        return (mg // 28 + 1) * self.unit_mg if self.unit_mg else mg

    @rule(deed=st.sampled_from(sorted(DEEDS)), mg=AMOUNTS)
    def move(self, deed, mg):
        mg = self.fit(mg)
        entry_id = DEEDS[deed](self.lot_id, amount(mg), by=self.by)
        self.moved[entry_id] = SIGNS[deed] * mg

    @rule(mg=AMOUNTS)
    def give_at_the_chair(self, mg):
        mg = self.fit(mg)
        self.doses[dose(self.by, self.session_id, mg, self.lot_id)] = mg

    @precondition(lambda self: self.doses)
    @rule(data=st.data(), mg=AMOUNTS)
    def correct_at_the_chair(self, data, mg):
        mg, key = self.fit(mg), data.draw(st.sampled_from(list(self.doses)))
        self.doses.pop(key)
        self.doses[dose(self.by, self.session_id, mg, self.lot_id, replaces=key)] = mg

    @precondition(lambda self: self.doses)
    @rule(data=st.data())
    def take_back_at_the_chair(self, data):
        key = data.draw(st.sampled_from(list(self.doses)))
        self.doses.pop(key)
        self.doses[take_back(self.by, self.session_id, key)] = Decimal(0)

    @precondition(lambda self: self.moved)
    @rule(data=st.data())
    def reverse(self, data):
        entry_id = data.draw(st.sampled_from(list(self.moved)))
        if entry_id in self.taken_out:
            with pytest.raises(InvalidError):
                stock_commands.reverse(entry_id, "again", by=self.by)
            return
        made = stock_commands.reverse(entry_id, "typed twice", by=self.by)
        self.taken_out.add(entry_id)
        with pytest.raises(InvalidError):
            stock_commands.reverse(made, "a reversal", by=self.by)

    @precondition(lambda self: any(self.doses.values()))
    @rule(data=st.data())
    def reverse_a_dose_in_the_ledger(self, data):
        drawn = [key for key, mg in self.doses.items() if mg]
        key = data.draw(st.sampled_from(drawn))
        [line] = stock_rows.lines(
            self.by,
            StockEntry.entry_key == key,
            StockEntry.kind == Movement.GIVEN,
            stock_rows.IN_EFFECT,
        )
        stock_commands.reverse(line.entry_id, "another lot", by=self.by)
        self.doses[key] = Decimal(0)

    @rule(deed=st.sampled_from(sorted(DEEDS)))
    def be_refused(self, deed):
        with pytest.raises(InvalidError):
            DEEDS[deed](self.lot_id, amount(-1), by=self.by)

    @invariant()
    def the_book_adds_up(self):
        standing = (mg for entry, mg in self.moved.items() if entry not in self.taken_out)
        total = sum(standing, Decimal(0)) - sum(self.doses.values())
        lines = stock_rows.lines(self.by, StockEntry.lot_id == self.lot_id)
        assert stock_balance.balance(lines) == total
        assert stock_rows.balances(self.by).get(self.lot_id, 0) == total
        assert stock_rows.last_counts(self.by).get(self.lot_id) == stock_balance.last_count(lines)
        assert not lines or stock_balance.rows(lines)[-1].balance_mg == total

    @invariant()
    def nothing_that_stands_changes(self):
        now = stored(self.lot_id)
        assert now[: len(self.seen)] == self.seen
        assert len(now) >= len(self.moved) + len(self.taken_out)
        self.seen = now


def test_a_hundred_histories_add_up_and_change_nothing(app, cast):
    # A thousand commits: none of them has to survive a power cut.
    db.session.execute(text("PRAGMA synchronous = OFF"))
    db.session.rollback()
    machine = type("History", (History,), {"by": cast.anna})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=100,
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert machine.made >= 100
