"""Look into the stock: lots with their books, what to pick at the chair, what must be seen."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import ColumnElement, func, select

from tracker.domain import formatting
from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.codes import Drug, SessionState
from tracker.domain.patients import draft as patient_draft
from tracker.domain.stock import balance as stock_balance
from tracker.domain.stock.balance import BookRow, LotStatus, Notice
from tracker.domain.stock.lots import Lot
from tracker.models.database import db
from tracker.models.patients import Patient
from tracker.models.scoping import visible
from tracker.models.stock import StockEntry, StockLot
from tracker.models.treatment_sessions import TreatmentSession
from tracker.services import clock
from tracker.services.clinic import clinics, treatment_settings
from tracker.services.rows import from_row
from tracker.services.stock import rows as stock_rows
from tracker.services.unit_of_work import audit

DIFFERENCES_DAYS = 30
DIFFERENCES_MAX = 100
DIFFERENCES_SHOWN = 20  # on the page of the whole stock


class LotChoice(Struct, frozen=True, kw_only=True):
    """A lot to pick at the chair; the label says when it is expired."""

    lot_id: int
    label: str
    is_expired: bool


class StockDifference(Struct, frozen=True, kw_only=True):
    """A session whose dose and whose draws from the stock differ."""

    session_id: int
    patient_id: int
    patient_label: str
    record_number: str
    number: int
    started_at: datetime
    drug: Drug
    dose_mg: Decimal
    drawn_mg: Decimal

    @property
    def left_mg(self) -> Decimal:
        """What of the dose is not drawn yet; below zero where too much was."""
        return self.dose_mg - self.drawn_mg


class BookEntry(Struct, frozen=True):
    """A row of a lot's book, with whom and which session it is about."""

    row: BookRow
    patient_label: str = ""
    record_number: str = ""
    session_number: int | None = None
    patient_id: int | None = None


class LotBook(Struct, frozen=True, kw_only=True):
    """A lot with its book, in the order of writing, and what must be seen of it."""

    status: LotStatus
    rows: tuple[BookEntry, ...]
    notices: tuple[Notice, ...]

    @property
    def lot(self) -> Lot:
        """The lot itself."""
        return self.status.lot


class Overview(Struct, frozen=True, kw_only=True):
    """The stock of a clinic: what must be seen, its lots, and doses that were not drawn."""

    lots: tuple[LotStatus, ...]
    notices: tuple[Notice, ...]
    differences: tuple[StockDifference, ...]
    more_differences: bool


def overview(*, by: Actor, everything: bool = False) -> Overview:
    """Show the stock; `everything` brings the lots that are used up as well."""
    authorize(by, Permission.STOCK_VIEW)
    found, waiting = lot_statuses(by), list_differences(by=by)
    shown = tuple(stand for stand in found if everything or stand.is_current)
    audit(
        by,
        "stock.viewed",
        patients=[one.patient_id for one in waiting[:DIFFERENCES_SHOWN]],
        detail=f"{len(shown)} lots, {len(waiting)} sessions",
    )
    return Overview(
        lots=shown,
        notices=tuple(_notices(by, found)),
        differences=tuple(waiting[:DIFFERENCES_SHOWN]),
        more_differences=len(waiting) > DIFFERENCES_SHOWN,
    )


def lots(*, by: Actor) -> list[LotStatus]:
    """List the clinic's lots with how they stand, what expires first first."""
    authorize(by, Permission.STOCK_VIEW)
    return lot_statuses(by)


def notices(*, by: Actor) -> list[Notice]:
    """List what must be seen about the stock, the gravest first. It names no patient."""
    authorize(by, Permission.STOCK_VIEW)
    return _notices(by, lot_statuses(by))


def find(lot_id: int, *, by: Actor) -> LotBook:
    """Show a lot with its book; leaves an audit line, for the book names patients."""
    authorize(by, Permission.STOCK_VIEW)
    lot = stock_rows.lot(by, lot_id)
    lines = stock_rows.lines(by, StockEntry.lot_id == lot_id)
    settings, today = treatment_settings.of_clinic(by.clinic_id), clinics.today(by.clinic_id)
    stand = LotStatus(
        lot=lot,
        balance_mg=stock_balance.balance(lines),
        is_expired=lot.expires_on < today,
        moved=bool(lines),
        count=stock_balance.last_count(lines),
    )
    about = people_of(by, lot_id)
    rows = (
        BookEntry(row, *about.get(row.line.session_id or 0, ()))
        for row in stock_balance.rows(lines)
    )
    patients = [of_session[-1] for of_session in about.values()]
    audit(by, "lot.viewed", f"lot:{lot_id}", patients=patients, detail=f"{len(lines)} entries")
    return LotBook(
        status=stand,
        rows=tuple(rows),
        notices=tuple(stock_balance.of_lot(stand, settings, today=today)),
    )


def people_of(by: Actor, lot_id: int) -> dict[int, tuple[str, str, int, int]]:
    """Say for each session in a lot's book whose it is, by name, number, which session and id."""
    query = (
        select(
            TreatmentSession.id,
            TreatmentSession.number,
            TreatmentSession.patient_id,
            Patient.given_name,
            Patient.family_name,
            Patient.record_number,
        )
        .join(Patient, Patient.id == TreatmentSession.patient_id)
        .where(
            TreatmentSession.id.in_(
                select(StockEntry.session_id).where(StockEntry.lot_id == lot_id)
            ),
            visible(by, TreatmentSession),
        )
    )
    return {
        row.id: (
            patient_draft.label(row.given_name, row.family_name, row.record_number),
            row.record_number,
            row.number,
            row.patient_id,
        )
        for row in db.session.execute(query)
    }


def pickable(drug: Drug, *, by: Actor) -> list[LotChoice]:
    """List the lots of a drug to pick at the chair: what expires first first, expired last."""
    authorize(by, Permission.STOCK_VIEW)
    today, left = clinics.today(by.clinic_id), stock_rows.balances(by)
    current = [
        lot
        for lot in stock_rows.lots(by, StockLot.drug == drug.value)
        if left.get(lot.lot_id, True)  # one that nothing was entered of yet may be in use as well
    ]
    current.sort(key=lambda lot: lot.expires_on < today)
    return [_choice(lot, left.get(lot.lot_id), today) for lot in current]


def _choice(lot: Lot, left_mg: Decimal | None, today: date) -> LotChoice:
    past = lot.expires_on < today
    day = formatting.full_day(lot.expires_on)
    there = "nothing received yet" if left_mg is None else f"{lot.spell(left_mg)} left"
    ends = f"EXPIRED {day}" if past else f"expires {day}"
    label = f"Lot {lot.lot_number}, {lot.strength}, {ends}, {there}"
    return LotChoice(lot_id=lot.lot_id, label=label, is_expired=past)


def list_undrawn(drug: Drug, *, by: Actor) -> list[StockDifference]:
    """List the sessions that a drug was not drawn for yet; leaves a line of whom it names."""
    found = list_differences(by=by, drug=drug)
    shown = [one.patient_id for one in found]
    audit(by, "stock.viewed", patients=shown, detail=f"{len(found)} sessions")
    return found


def list_differences(*, by: Actor, drug: Drug | None = None) -> list[StockDifference]:
    """List recorded sessions of the last days whose dose is not what was drawn, latest first."""
    authorize(by, Permission.STOCK_VIEW)
    drawn = stock_rows.drawn_parts(TreatmentSession.id)
    query = (
        select(
            TreatmentSession.id.label("session_id"),
            TreatmentSession.patient_id,
            TreatmentSession.number,
            TreatmentSession.started_at,
            TreatmentSession.drug,
            TreatmentSession.dose_mg,
            drawn.label("drawn"),
            Patient.given_name,
            Patient.family_name,
            Patient.record_number,
        )
        .join(Patient, Patient.id == TreatmentSession.patient_id)
        .where(
            visible(by, TreatmentSession),
            TreatmentSession.state == SessionState.COMPLETED.value,
            TreatmentSession.started_at >= clock.now() - timedelta(days=DIFFERENCES_DAYS),
            stock_rows.parts(TreatmentSession.dose_mg) != drawn,
        )
        .order_by(TreatmentSession.started_at.desc(), TreatmentSession.id)
        .limit(DIFFERENCES_MAX)
    )
    if drug is not None:
        query = query.where(TreatmentSession.drug == drug.value)
    return [
        from_row(
            StockDifference,
            row,
            patient_label=patient_draft.label(row.given_name, row.family_name, row.record_number),
            drawn_mg=stock_rows.mg(row.drawn),
        )
        for row in db.session.execute(query)
    ]


def lot_statuses(by: Actor) -> list[LotStatus]:
    """Work out how every lot of the clinic stands; who may see it was decided before."""
    left, counts = stock_rows.balances(by), stock_rows.last_counts(by)
    today = clinics.today(by.clinic_id)
    return [
        LotStatus(
            lot=lot,
            balance_mg=left.get(lot.lot_id, Decimal(0)),
            is_expired=lot.expires_on < today,
            moved=lot.lot_id in left or lot.lot_id in counts,
            count=counts.get(lot.lot_id),
        )
        for lot in stock_rows.lots(by)
    ]


def _notices(by: Actor, found: Sequence[LotStatus]) -> list[Notice]:
    settings = treatment_settings.of_clinic(by.clinic_id)
    return stock_balance.notices(found, settings, today=clinics.today(by.clinic_id))


def stream(
    first: date | None = None, last: date | None = None, *, by: Actor, bom: bool = True
) -> Iterator[bytes]:
    """Check, audit with the number of rows, and give the CSV a piece at a time.

    `first` and `last` are days of the clinic. Whatever the days, balances count from the beginning.
    """
    # For whoever takes the file, not for every start.
    from tracker.exchange.csv import writer as csv_writer
    from tracker.exchange.tables.stock import STOCK
    from tracker.models import standby

    authorize(by, Permission.STOCK_VIEW)
    zone = clinics.view(by.clinic_id).zone
    begin, end = _midnight(first, zone), _midnight(last and last + timedelta(days=1), zone)
    inside: list[ColumnElement[bool]] = [StockEntry.clinic_id == by.clinic_id]
    if begin is not None:
        inside.append(StockEntry.at >= begin)
    if end is not None:
        inside.append(StockEntry.at < end)
    with standby.large_reads(standby.EXPORT_SECONDS):
        count = db.session.scalar(select(func.count()).select_from(StockEntry).where(*inside)) or 0
        people = select(StockEntry.patient_id).where(*inside, StockEntry.patient_id.is_not(None))
        patients = [one for one in db.session.scalars(people.distinct()) if one is not None]
    audit(by, "exported", STOCK.name, patients=patients, detail=f"{count} rows")
    made = csv_writer.write_csv(STOCK, _rows(by, begin, end), zone=zone, bom=bom)
    return standby.pieces(made, standby.EXPORT_SECONDS)


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone)


def _rows(by: Actor, begin: datetime | None, end: datetime | None) -> Iterator[Sequence[object]]:
    """Yield the rows of one lot after another: a book is small, and its balance needs all of it."""
    for lot in stock_rows.lots(by):
        lines = stock_rows.lines(by, StockEntry.lot_id == lot.lot_id)
        about = people_of(by, lot.lot_id)
        for row in stock_balance.rows(lines):
            if (begin is None or row.line.at >= begin) and (end is None or row.line.at < end):
                label, record_number, *_ = about.get(row.line.session_id or 0, ("", ""))
                yield _cells(lot, row, label, record_number)


def _cells(lot: Lot, row: BookRow, label: str, record_number: str) -> Sequence[object]:
    line = row.line
    return (
        lot.drug,
        lot.container,
        lot.unit_mg,
        lot.concentration_mg_per_ml,
        lot.lot_number,
        lot.ndc,
        lot.expires_on,
        line.sequence,
        line.at,
        line.recorded_at,
        line.movement,
        line.amount_mg,
        lot.units(line.amount_mg),
        row.balance_mg,
        row.variance_mg,
        record_number,
        label,
        line.session_id,
        line.by,
        line.witness,
        line.witness_how,
        line.reason,
        row.reverses,
        row.reversed_by,
    )
