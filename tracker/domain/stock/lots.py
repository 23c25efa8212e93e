"""Vials and devices of controlled drugs: what a lot is, how it moves, and what makes that wrong."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from tracker.domain import formatting, measures
from tracker.domain.codes import Drug, Word
from tracker.domain.drugs import DEVICE_MG
from tracker.domain.formatting import in_full
from tracker.domain.parsing import CODE_MAX, LINE_MAX, REASON_MAX, check_reason, is_blank
from tracker.domain.people import second_person
from tracker.domain.problems import Problem

AMOUNT_MG_MAX = Decimal(10_000_000)  # 10 kg: whatever is more is a slip of the decimal point
EXPIRY_FIRST, EXPIRY_LAST = date(2000, 1, 1), date(2100, 1, 1)
MOVED_FIRST = 2000  # the earliest year of a movement
LOT_NUMBER_MAX = 60  # characters


class Movement(Word):
    """What became of an amount. A count moves nothing; a reversal takes a mistake out."""

    RECEIVED = "received", "Received"
    GIVEN = "given", "Given"
    WASTED = "wasted", "Wasted"
    RETURNED = "returned", "Returned"
    COUNTED = "counted", "Counted"
    REVERSED = "reversed", "Reversed"


# balance = received - given - wasted - returned; what is not here leaves it as it is.
SIGNS = {
    Movement.RECEIVED: 1,
    Movement.GIVEN: -1,
    Movement.WASTED: -1,
    Movement.RETURNED: -1,
}


class Container(Word):
    """What the drug comes in."""

    VIAL = "vial", "Vial"
    DEVICE = "device", "Nasal device"
    LOZENGE = "lozenge", "Lozenge or tablet"

    @property
    def is_whole(self) -> bool:
        """Say whether only whole ones are ever given: a device cannot be shared."""
        return self is Container.DEVICE


class Lot(Struct, frozen=True, kw_only=True):
    """A lot as stored: equal vials or devices, `unit_mg` in each, with one expiry."""

    lot_id: int
    drug: Drug
    container: Container
    lot_number: str
    unit_mg: Decimal
    concentration_mg_per_ml: Decimal | None
    expires_on: date
    ndc: str = ""

    @property
    def strength(self) -> str:
        """Write what is in one: `vial of 500 mg (50 mg/mL)`."""
        one = f"{self.container.value} of {in_full(self.unit_mg)} mg"
        if self.concentration_mg_per_ml is None:
            return one
        return f"{one} ({in_full(self.concentration_mg_per_ml)} mg/mL)"

    @property
    def title(self) -> str:
        """Name the lot on one line."""
        return f"{self.drug.label}, {self.strength}, lot {self.lot_number}"

    def units(self, amount_mg: Decimal) -> Decimal:
        """Count an amount in vials or devices, to 0.0001 of one."""
        return round(amount_mg / self.unit_mg, measures.DECIMALS_MAX)

    def volume_ml(self, amount_mg: Decimal) -> Decimal | None:
        """Measure an amount in mL, to 0.01 mL; None where no concentration is known."""
        if self.concentration_mg_per_ml is None:
            return None
        return round(amount_mg / self.concentration_mg_per_ml, 2)

    def spell(self, amount_mg: Decimal) -> str:
        """Write an amount in mg and, above zero, in vials or devices: `1234 mg (2 vials ...)`."""
        beside = []
        if amount_mg >= self.unit_mg:
            whole, rest = divmod(amount_mg, self.unit_mg)
            units = formatting.times(int(whole), self.container.value)
            beside.append(f"{units} and {in_full(rest)} mg" if rest else units)
        if amount_mg > 0 and (volume := self.volume_ml(amount_mg)) is not None:
            beside.append(f"{in_full(volume)} mL")
        return f"{in_full(amount_mg)} mg" + (f" ({', '.join(beside)})" if beside else "")


class LotDraft(Struct, frozen=True, kw_only=True):
    """A lot as typed; what could not be read is None."""

    drug: Drug | None
    container: Container | None
    lot_number: str
    unit_mg: Decimal | None
    concentration_mg_per_ml: Decimal | None
    expires_on: date | None
    ndc: str = ""


class MovementDraft(Struct, frozen=True, kw_only=True):
    """A movement or a count as typed; `at` is None for now. `witness` is the second name."""

    amount_mg: Decimal | None
    at: datetime | None = None
    witness: str = ""
    reason: str = ""


def check_lot(draft: LotDraft) -> list[Problem]:
    """List everything that cannot be about a lot."""
    return [*_check_words(draft), *_check_strength(draft), *_check_expiry(draft)]


def _check_words(draft: LotDraft) -> Iterator[Problem]:
    if draft.drug is None:
        yield Problem("drug", "Choose the drug.")
    if draft.container is None:
        yield Problem("container", "Choose what the drug comes in.")
    if is_blank(draft.lot_number) or len(draft.lot_number.strip()) > LOT_NUMBER_MAX:
        message = f"Give the lot number as printed, in at most {LOT_NUMBER_MAX} characters."
        yield Problem("lot_number", message)
    if len(draft.ndc.strip()) > CODE_MAX:
        yield Problem("ndc", f"Give the NDC in at most {CODE_MAX} characters.")


def _check_strength(draft: LotDraft) -> Iterator[Problem]:
    for name, value, words in (
        ("unit_mg", draft.unit_mg, "Give how many mg are in one, above zero."),
        (
            "concentration_mg_per_ml",
            draft.concentration_mg_per_ml,
            "Give the concentration in mg/mL, above zero, or leave it empty.",
        ),
    ):
        if value is None and name == "unit_mg":
            yield Problem(name, words)
        yield from measures.check_amount(name, value, AMOUNT_MG_MAX, words)
    nasal = draft.drug is Drug.ESKETAMINE and draft.container is Container.DEVICE
    if nasal and draft.unit_mg is not None and draft.unit_mg != DEVICE_MG:
        yield Problem(
            "unit_mg",
            f"One device of nasal esketamine holds {DEVICE_MG} mg (Spravato US label). "
            "Count a kit of 56 mg as two devices, one of 84 mg as three.",
        )


def _check_expiry(draft: LotDraft) -> Iterator[Problem]:
    if draft.expires_on is None:
        yield Problem("expires_on", "Give the day of expiry; the last of the month if none.")
    elif not EXPIRY_FIRST <= draft.expires_on < EXPIRY_LAST:
        yield Problem("expires_on", "Give the day of expiry as printed. Is the year right?")


def check_movement(
    draft: MovementDraft, movement: Movement, lot: Lot, *, writer: str, now: datetime
) -> list[Problem]:
    """List everything that cannot be about a movement or a count of a lot.

    `writer` is who enters it: the second name must be somebody else's.
    """
    return [
        *check_amount(draft.amount_mg, movement, lot),
        *_check_time(draft, now),
        *_check_names(draft, movement, writer),
        *_check_reason(draft, movement),
    ]


def check_amount(amount_mg: Decimal | None, movement: Movement, lot: Lot) -> Iterator[Problem]:
    """Yield what is wrong with an amount of a lot; a count may be zero."""
    counts = movement is Movement.COUNTED
    least = "zero or more" if counts else "above zero"
    if amount_mg is None:
        what = "Give what is there; 0 for nothing." if counts else "Give the amount."
        yield Problem("amount_mg", what)
        return
    wanted, lowest = f"Give an amount {least}, at most 10 kg.", 0 if counts else None
    found = list(
        measures.check_amount("amount_mg", amount_mg, AMOUNT_MG_MAX, wanted, lowest=lowest)
    )
    yield from found
    if not found and lot.container.is_whole and amount_mg % lot.unit_mg:
        yield Problem("amount_mg", f"Give whole devices: one holds {in_full(lot.unit_mg)} mg.")


def _check_time(draft: MovementDraft, now: datetime) -> Iterator[Problem]:
    if draft.at is None:
        return
    if draft.at > now:
        yield Problem("at", "This cannot be in the future.")
    elif draft.at.year < MOVED_FIRST:
        yield Problem("at", f"Give a day from {MOVED_FIRST} on. Is the year right?")


def _check_names(draft: MovementDraft, movement: Movement, writer: str) -> Iterator[Problem]:
    named = not is_blank(draft.witness)
    if len(draft.witness) > LINE_MAX:
        yield Problem("witness", f"Give the name in at most {LINE_MAX} characters.")
    elif named and second_person.is_same_name(draft.witness, writer):
        yield Problem("witness", "Give the name of a second person: yours is noted already.")
    elif movement is Movement.WASTED and not named:
        yield Problem("witness", "Give the name of the second person who saw it wasted.")


_REASONS = {
    Movement.RECEIVED: "Say from whom it came, or where it was found.",
    Movement.RETURNED: "Say to whom it was returned, and why.",
}


def _check_reason(draft: MovementDraft, movement: Movement) -> Iterator[Problem]:
    if len(draft.reason) > REASON_MAX:
        yield Problem("reason", f"Write at most {REASON_MAX} characters.")
    elif movement in _REASONS and is_blank(draft.reason):
        yield Problem("reason", _REASONS[movement])


def check_reversal(
    reason: str, movement: Movement, *, reversed_already: bool = False
) -> list[Problem]:
    """List why an entry cannot be taken out: each only once, with a reason, and no reversal."""
    problems = []
    if movement is Movement.REVERSED:
        message = "A reversal cannot be reversed. Enter the movement again."
        problems.append(Problem("", message))
    if reversed_already:
        problems.append(Problem("", "This entry was reversed already."))
    return problems + check_reason(reason, ask="Say what was wrong with the entry")
