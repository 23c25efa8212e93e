"""The book of a lot: balances and variances worked out of its entries, and what must be seen."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from tracker.domain import formatting
from tracker.domain.clinic.treatment_settings import TreatmentSettings
from tracker.domain.codes import Drug, Word
from tracker.domain.formatting import in_full
from tracker.domain.people.second_person import SecondPerson, SecondPersonHow
from tracker.domain.stock.lots import SIGNS, Container, Lot, Movement

# Known from the regulation itself; the reference page cites it as "theft/loss to DEA".
LOSS_DUTY = (
    "Theft or significant loss has to be reported to the DEA in writing within 1 business day of "
    "its discovery."
)
LOSS_SOURCE = "21 CFR 1301.76(b)"
BOOK_SOURCE = "The entries of this lot"


class StockLine(Struct, frozen=True, kw_only=True):
    """An entry of a lot's book as stored; `sequence` counts from 1 within the lot.

    `reverses_id` is the entry that a reversal takes out.
    """

    entry_id: int
    sequence: int
    movement: Movement
    amount_mg: Decimal
    at: datetime
    recorded_at: datetime
    by: str
    witness: str = ""
    witness_how: str = ""
    witness_id: int | None = None
    reason: str = ""
    reverses_id: int | None = None
    session_id: int | None = None
    patient_id: int | None = None
    entry_key: str = ""
    lot_id: int = 0

    @property
    def witness_text(self) -> str:
        """The second person, and whether they confirmed it."""
        return ", ".join(filter(None, (self.witness, self.second.how and self.second.how.label)))

    @property
    def second(self) -> SecondPerson:
        """The second person as a value."""
        how = SecondPersonHow(self.witness_how) if self.witness_how else None
        return SecondPerson(self.witness, how, self.witness_id)


class BookRow(Struct, frozen=True, kw_only=True):
    """A line with the balance after it, in the order of writing.

    `variance_mg` is what a count found more (above zero) or less than the book held when it was
    written; `open_variance_mg` is what of it nothing entered since explains. `reverses` and
    `reversed_by` are sequence numbers.
    """

    line: StockLine
    balance_mg: Decimal
    variance_mg: Decimal | None = None
    open_variance_mg: Decimal | None = None
    reverses: int | None = None
    reversed_by: int | None = None

    @property
    def can_be_reversed(self) -> bool:
        """Say whether the line may still be taken out."""
        return self.reversed_by is None and self.line.movement is not Movement.REVERSED


class LastCount(Struct, frozen=True, kw_only=True):
    """The last count of a lot that stands: what it found against the book, by instants."""

    at: datetime
    counted_mg: Decimal
    variance_mg: Decimal


class LotStatus(Struct, frozen=True, kw_only=True):
    """How a lot stands: what the book says is there, and what the last count found."""

    lot: Lot
    balance_mg: Decimal
    is_expired: bool
    moved: bool = True
    count: LastCount | None = None

    @property
    def variance_mg(self) -> Decimal:
        """What the last count found more or less than the book; 0 where nothing was counted."""
        return self.count.variance_mg if self.count else Decimal(0)

    @property
    def is_current(self) -> bool:
        """Say whether the lot is of interest: something is in it, due to it, or not entered yet."""
        return bool(self.balance_mg or self.variance_mg or not self.moved)


class NoticeKind(Word):
    """What must be seen about the stock."""

    BELOW_ZERO = "below-zero", "Balance below zero"
    VARIANCE = "variance", "Count and book differ"
    EXPIRED = "expired", "Expired"
    LOW = "low", "Low stock"
    EXPIRING = "expiring", "Expires soon"


class Notice(Struct, frozen=True, kw_only=True):
    """A fact about the stock with where its limit is from; `lot_id` None: about the drug.

    `duty` is what the law says of such a fact, with `duty_source`.
    """

    kind: NoticeKind
    message: str
    source: str
    lot_id: int | None = None
    duty: str = ""
    duty_source: str = ""


def effect(line: StockLine) -> Decimal:
    """Say by how much a line changes the balance while it stands; a count and a reversal by 0."""
    sign = SIGNS.get(line.movement, 0)
    return sign * line.amount_mg


def effective(lines: Iterable[StockLine]) -> list[StockLine]:
    """Leave out what was reversed, and the reversals."""
    lines = list(lines)
    taken_out = {line.reverses_id for line in lines}
    return [
        line
        for line in lines
        if line.movement is not Movement.REVERSED and line.entry_id not in taken_out
    ]


def balance(lines: Iterable[StockLine]) -> Decimal:
    """Work out received - given - wasted - returned, in mg, with reversals taken out."""
    return sum(map(effect, effective(lines)), Decimal(0))


def open_variance(count: StockLine, lines: Iterable[StockLine]) -> Decimal:
    """Say what a count found more or less than what stands of everything before it in time.

    A movement that is entered later with its true time, or a mistake that is reversed, explains.
    """
    before = (
        line
        for line in lines
        if (line.at, line.sequence) < (count.at, count.sequence)
        or line.movement is Movement.REVERSED
    )
    return count.amount_mg - balance(before)


def rows(lines: Sequence[StockLine]) -> list[BookRow]:
    """Lay the book out in the order of writing, each line with the balance after it."""
    by_id = {line.entry_id: line for line in lines}
    reversed_by = {line.reverses_id: line.sequence for line in lines if line.reverses_id}
    running, found = Decimal(0), []
    for line in sorted(lines, key=lambda one: one.sequence):
        undone = by_id.get(line.reverses_id) if line.reverses_id else None
        running += effect(line) - (effect(undone) if undone else 0)
        counted = line.movement is Movement.COUNTED
        found.append(
            BookRow(
                line=line,
                balance_mg=running,
                variance_mg=line.amount_mg - running if counted else None,
                open_variance_mg=open_variance(line, lines) if counted else None,
                reverses=undone.sequence if undone else None,
                reversed_by=reversed_by.get(line.entry_id),
            )
        )
    return found


def last_count(lines: Iterable[StockLine]) -> LastCount | None:
    """Find the last count that stands, with its variance; None where nothing was counted."""
    lines = list(lines)
    counts = [line for line in effective(lines) if line.movement is Movement.COUNTED]
    last = max(counts, key=lambda one: (one.at, one.sequence), default=None)
    if last is None:
        return None
    return LastCount(at=last.at, counted_mg=last.amount_mg, variance_mg=open_variance(last, lines))


def notices(
    statuses: Sequence[LotStatus], settings: TreatmentSettings, *, today: date
) -> list[Notice]:
    """List what must be seen about the stock, the gravest first."""
    found = [notice for stand in statuses for notice in of_lot(stand, settings, today=today)]
    found += _low(statuses, settings)
    order = list(NoticeKind)
    return sorted(found, key=lambda notice: order.index(notice.kind))


def of_lot(stand: LotStatus, settings: TreatmentSettings, *, today: date) -> list[Notice]:
    """List what must be seen about one lot."""
    return [
        notice
        for notice in (
            _below_zero(stand),
            _variance(stand),
            _expiry(stand, settings, today),
        )
        if notice is not None
    ]


def _below_zero(stand: LotStatus) -> Notice | None:
    if stand.balance_mg >= 0:
        return None
    return Notice(
        kind=NoticeKind.BELOW_ZERO,
        message=f"{stand.lot.title}: {stand.lot.spell(-stand.balance_mg)} more went out than came "
        "in. A receipt may be missing, or a dose was drawn from another lot.",
        source=BOOK_SOURCE,
        lot_id=stand.lot.lot_id,
    )


def _variance(stand: LotStatus) -> Notice | None:
    lot, variance = stand.lot, stand.variance_mg
    if not variance or stand.count is None:
        return None
    less = variance < 0
    return Notice(
        kind=NoticeKind.VARIANCE,
        message=f"{lot.title}: the last count found {lot.spell(stand.count.counted_mg)}, "
        f"{lot.spell(abs(variance))} {'less' if less else 'more'} than the book.",
        source=BOOK_SOURCE,
        lot_id=lot.lot_id,
        duty=LOSS_DUTY if less else "",
        duty_source=LOSS_SOURCE if less else "",
    )


def _expiry(stand: LotStatus, settings: TreatmentSettings, today: date) -> Notice | None:
    lot, days = stand.lot, settings.expiry_notice_days
    if stand.balance_mg <= 0 or lot.expires_on > today + timedelta(days=days):
        return None
    past = lot.expires_on < today
    left = f"balance {lot.spell(stand.balance_mg)}"
    day = formatting.full_day(lot.expires_on)
    return Notice(
        kind=NoticeKind.EXPIRED if past else NoticeKind.EXPIRING,
        message=f"{lot.title}: {'expired' if past else 'expires'} on {day}, {left}.",
        source="Expiry of the lot" if past else f"Clinic setting: told {days} days before",
        lot_id=lot.lot_id,
    )


def _low(statuses: Sequence[LotStatus], settings: TreatmentSettings) -> list[Notice]:
    """Tell of drugs that the clinic keeps and has little of; what is expired does not count."""
    found = []
    ketamine = [stand for stand in statuses if stand.lot.drug is Drug.KETAMINE]
    usable = (max(stand.balance_mg, Decimal(0)) for stand in ketamine if not stand.is_expired)
    left_mg = sum(usable, Decimal(0))
    if ketamine and left_mg < settings.low_ketamine_mg:
        found.append(
            _low_notice(Drug.KETAMINE, f"{in_full(left_mg)} mg", f"{settings.low_ketamine_mg} mg")
        )
    devices = [
        stand
        for stand in statuses
        if stand.lot.drug is Drug.ESKETAMINE and stand.lot.container is Container.DEVICE
    ]
    units = (
        stand.lot.units(max(stand.balance_mg, Decimal(0)))
        for stand in devices
        if not stand.is_expired
    )
    left = sum(units, Decimal(0))
    if devices and left < settings.low_esketamine_devices:
        found.append(
            _low_notice(
                Drug.ESKETAMINE,
                f"{in_full(left)} {'device' if left == 1 else 'devices'}",
                formatting.times(settings.low_esketamine_devices, "device"),
            )
        )
    return found


def _low_notice(drug: Drug, left: str, limit: str) -> Notice:
    return Notice(
        kind=NoticeKind.LOW,
        message=f"{drug.label}: {left} left that are not expired.",
        source=f"Clinic setting: below {limit}",
    )
