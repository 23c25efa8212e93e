"""Amounts of a lot that look like a slip: shown to whoever enters them, and taken once read."""

from collections.abc import Collection, Iterator
from decimal import Decimal

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.clinic import dose_slips
from tracker.domain.clinic.dose_slips import ExpectedDose
from tracker.domain.formatting import in_full
from tracker.domain.problems import Finding, UnseenError
from tracker.domain.stock.lots import Lot, Movement
from tracker.models.scoping import fetch
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services.stock import rows as stock_rows
from tracker.services.unit_of_work import SentForm, refuse_second

_OUT = frozenset({Movement.WASTED, Movement.RETURNED})


def ask_of_movement(
    lot: Lot, movement: Movement, amount_mg: Decimal | None, *, by: Actor, form: SentForm
) -> None:
    """Raise UnseenError for an amount that looks like a slip and was not shown as one yet.

    What leaves a lot otherwise than as a dose is held against what the book says is open.
    """
    authorize(by, Permission.STOCK_EDIT)
    refuse_second(form.once)  # a second click is not a second movement to be read
    if movement in _OUT and amount_mg is not None:
        balance = stock_rows.balances(by).get(lot.lot_id, Decimal(0))
        _ask(_of_movement(lot, amount_mg, balance), form.seen)


def ask_of_dose(
    lot: Lot, session_id: int, amount_mg: Decimal | None, *, by: Actor, form: SentForm
) -> None:
    """Raise UnseenError for a dose to be drawn that looks like a slip and was not shown yet."""
    authorize(by, Permission.STOCK_EDIT)
    refuse_second(form.once)
    row = fetch(by, TreatmentSession, session_id)
    left = (row.dose_mg or Decimal(0)) - stock_rows.drawn_mg(session_id)
    if amount_mg is not None and amount_mg <= left:  # more is refused
        undrawn = ExpectedDose(amount=left, beside="undrawn", mg_per_ml=lot.concentration_mg_per_ml)
        _ask(dose_slips.review(amount_mg, undrawn, field="amount_mg", is_part=True), form.seen)


def _of_movement(lot: Lot, amount_mg: Decimal, balance: Decimal) -> Iterator[Finding]:
    if amount_mg > balance:
        said = f"{lot.spell(amount_mg)} is more than the {in_full(max(balance, Decimal(0)))} mg of "
        yield Finding("amount_mg", f"{said}the book.", "The entries of this lot")
    rest = max(balance, Decimal(0)) % lot.unit_mg
    yield from dose_slips.in_stock(amount_mg, rest, lot.unit_mg, lot.concentration_mg_per_ml)


def _ask(found: Iterator[Finding], seen: Collection[str] | None) -> None:
    remarks = list(found)
    if any(one.message not in (seen or ()) for one in remarks):
        raise UnseenError(remarks)
