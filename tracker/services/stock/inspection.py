"""The ledger for an inspector: every entry of every lot as CSV, each with its running balance."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select

from tracker.domain.access import Actor, Permission, authorize
from tracker.domain.stock import balance as stock_balance
from tracker.domain.stock.balance import BookRow
from tracker.domain.stock.lots import Lot
from tracker.exchange.csv import writer as csv_writer
from tracker.exchange.tables.stock import STOCK
from tracker.models.database import db
from tracker.models.stock import StockEntry
from tracker.services.clinic import clinics
from tracker.services.stock import queries as stock_queries
from tracker.services.stock import rows as stock_rows
from tracker.services.unit_of_work import note


def stream(
    first: date | None = None, last: date | None = None, *, by: Actor, bom: bool = True
) -> Iterator[bytes]:
    """Check, audit with the number of rows, and give the CSV a piece at a time.

    `first` and `last` are days of the clinic. Whatever the days, balances count from the beginning.
    """
    authorize(by, Permission.STOCK_VIEW)
    zone = clinics.view(by.clinic_id).zone
    begin, end = _midnight(first, zone), _midnight(last and last + timedelta(days=1), zone)
    inside: list[ColumnElement[bool]] = [StockEntry.clinic_id == by.clinic_id]
    if begin is not None:
        inside.append(StockEntry.at >= begin)
    if end is not None:
        inside.append(StockEntry.at < end)
    count = db.session.scalar(select(func.count()).select_from(StockEntry).where(*inside)) or 0
    note(by, "exported", STOCK.name, detail=f"{count} rows")
    return csv_writer.write_csv(STOCK, _rows(by, begin, end), zone=zone, bom=bom)


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone)


def _rows(by: Actor, begin: datetime | None, end: datetime | None) -> Iterator[Sequence[object]]:
    """Yield the rows of one lot after another: a book is small, and its balance needs all of it."""
    for lot in stock_rows.lots(by):
        lines = stock_rows.lines(by, StockEntry.lot_id == lot.lot_id)
        about = stock_queries.people_of(by, lot.lot_id)
        for row in stock_balance.rows(lines):
            if (begin is None or row.line.at >= begin) and (end is None or row.line.at < end):
                label, record_number, _ = about.get(row.line.session_id or 0, ("", "", 0))
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
        line.reason,
        row.reverses,
        row.reversed_by,
    )
