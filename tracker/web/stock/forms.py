"""What is typed about the stock: lots as printed, amounts in vials and mg, days for a file."""

from collections.abc import Iterator, Sequence
from datetime import date, time
from decimal import Decimal
from typing import ClassVar
from zoneinfo import ZoneInfo

from wtforms import HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from tracker.domain import parsing
from tracker.domain.codes import Drug
from tracker.domain.drugs import DEVICE_MG
from tracker.domain.formatting import in_full
from tracker.domain.people.second_person import SecondPersonClaim
from tracker.domain.problems import Problem
from tracker.domain.stock.lots import Container, Lot, LotDraft, MovementDraft
from tracker.domain.wall_time import Clock
from tracker.services.stock.commands import CORRECTABLE, correctable
from tracker.services.stock.queries import StockDifference
from tracker.services.unit_of_work import SentForm
from tracker.web import filters, local_time
from tracker.web.drafts.stamped import StampedForm
from tracker.web.forms import (
    DateText,
    DecimalText,
    IntegerText,
    LineText,
    LongText,
    NounForm,
    TimeText,
    WordSelect,
)
from tracker.web.people.second_person import SecondPersonFields
from tracker.web.sessions import answers as shown


class LabelForm(StampedForm):
    """What the label of a lot says, as far as it may be put right later."""

    lot_number = LineText("Lot number", render_kw={"autocomplete": "off"})
    expires_on = DateText(
        "Expires on", description="The last day of the month where only a month is printed."
    )
    concentration_mg_per_ml = DecimalText(
        "Concentration", unit="mg/mL", description="10, 50 or 100 as a rule. Empty for devices."
    )
    ndc = LineText("NDC", description="May be left empty.", render_kw={"autocomplete": "off"})

    def stand_on_lot(self, lot: Lot) -> None:
        """Say what stands of the lot."""
        words = {self[name].label.text: getattr(lot, name) for name in CORRECTABLE}
        words[self.expires_on.label.text] = filters.day(lot.expires_on)
        self.stand_on(correctable(lot), words)

    def draft_of(
        self, drug: Drug | None, container: Container | None, unit_mg: Decimal | None
    ) -> LotDraft:
        """Hand over what was typed, with what the amounts in the book rest on."""
        return LotDraft(
            drug=drug,
            container=container,
            lot_number=self.lot_number.data,
            unit_mg=unit_mg,
            concentration_mg_per_ml=self.concentration_mg_per_ml.data,
            expires_on=self.expires_on.data,
            ndc=self.ndc.data,
        )


class LotForm(LabelForm):
    """A new lot, with how much of it came."""

    places: ClassVar[dict[str, str]] = {"amount_mg": "units"}

    drug = WordSelect("Drug", words=Drug)
    container = WordSelect("Comes in", words=Container)
    unit_mg = DecimalText(
        "In one vial or device",
        unit="mg",
        description=f"A nasal esketamine device holds {DEVICE_MG} mg.",
    )
    units = IntegerText("How many came", description="Whole vials or devices.")
    reason = LineText(
        "From whom",
        description="Supplier with address and DEA number, and the invoice.",
        render_kw={"autocomplete": "off"},
    )

    def draft(self) -> LotDraft:
        """Hand over what was typed."""
        return self.draft_of(self.drug.data, self.container.data, self.unit_mg.data)

    def receipt(self) -> MovementDraft | None:
        """Say what came with the lot; None where nothing is said of it."""
        units, unit_mg = self.units.data, self.unit_mg.data
        if units is None and not self.reason.data and not self.units.process_errors:
            return None
        amount_mg = None if units is None or unit_mg is None else units * unit_mg
        return MovementDraft(amount_mg=amount_mg, reason=self.reason.data)


class AmountForm(NounForm):
    """An amount of a lot, in whole ones and mg beside."""

    places: ClassVar[dict[str, str]] = {"amount_mg": "units", "at": "moved_on"}

    seen = HiddenField()
    units = IntegerText("Whole ones")
    part_mg = DecimalText("and mg beside", unit="mg")

    def fit(self, lot: Lot) -> None:
        """Call the fields what the lot comes in; of devices there are only whole ones."""
        self.units.label.text = f"Whole {lot.container.value}s"
        self.units.description = f"One holds {in_full(lot.unit_mg)} mg."
        if lot.container.is_whole:
            del self.part_mg
        elif lot.concentration_mg_per_ml is not None:
            text = f"From an opened one. 1 mL holds {in_full(lot.concentration_mg_per_ml)} mg."
            self.part_mg.description = text

    def sent_form(self) -> SentForm:
        """Tell what came with the form: its key, and what its page has asked so far."""
        return SentForm(self.once.data, shown.read(self.seen.data))

    def ask(self) -> None:
        """Say what the page is about to ask, so that saving again answers it."""
        self.seen.raw_data, self.seen.data = None, shown.write(self.findings)

    def amount_mg(self, lot: Lot) -> Decimal | None:
        """Add up what was typed; None where nothing was."""
        part_mg = self.part_mg.data if "part_mg" in self else None
        units_mg = None if self.units.data is None else self.units.data * lot.unit_mg
        typed: list[Decimal] = [mg for mg in (units_mg, part_mg) if mg is not None]
        if any(mg < 0 for mg in typed):
            return min(typed)  # three vials less 20 mg is a slip, not an amount
        return sum(typed, Decimal(0)) if typed else None


class MovementForm(AmountForm, SecondPersonFields):
    """A movement or a count of a lot."""

    witness = LineText("Second person", render_kw={"autocomplete": "off"})
    reason = LongText("Reason", render_kw={"rows": 2})
    moved_on = DateText("Day")
    moved_time = TimeText("Time")
    moved_clock = WordSelect("Which of the two", words=Clock)

    def draft(self, lot: Lot, zone: ZoneInfo) -> MovementDraft:
        """Hand over what was typed; without a day and a time it is now."""
        at = local_time.instant(*self._wall(), zone)
        return MovementDraft(
            amount_mg=self.amount_mg(lot),
            at=at,
            witness=(self.witness.data or "") if "witness" in self else "",
            reason=self.reason.data,
        )

    def second(self) -> SecondPersonClaim:
        """Say who was there besides."""
        named = "witness" in self
        return self.claim(self.witness.data or "") if named else SecondPersonClaim()

    def time_problems(self, zone: ZoneInfo) -> Iterator[Problem]:
        """Yield what is wrong with the day and the time."""
        day, at, _ = self._wall()
        if day is not None and at is None:
            yield Problem("moved_time", "Give the time as well, or leave both empty for now.")
        elif at is not None and day is None:
            yield Problem("moved_on", "Give the day as well, or leave both empty for now.")
        yield from local_time.problems("moved", *self._wall(), zone)

    def _wall(self) -> tuple[date | None, time | None, Clock | None]:
        return self.moved_on.data, self.moved_time.data, self.moved_clock.data

    @property
    def happened_earlier(self) -> bool:
        """Say whether a day or a time was typed, or is faulty."""
        fields = self.moved_on, self.moved_time, self.moved_clock
        return any((field.raw_data and field.raw_data[0]) or field.errors for field in fields)


class GiveForm(AmountForm):
    """Which recorded session was given from a lot, and how much."""

    session_id = SelectField("Session", coerce=str, validate_choice=False)

    def offer(self, sessions: Sequence[StockDifference], chosen: str) -> None:
        """Offer the sessions whose dose is not drawn, by day and patient."""
        self.session_id.choices = [
            SelectChoice("", "Choose"),
            *(
                SelectChoice(str(one.session_id), dose_line(one))
                for one in sessions
                if one.left_mg > 0
            ),
        ]
        if not self.is_submitted():
            self.session_id.data = chosen

    def session_chosen(self) -> int | None:
        """Say which session was chosen."""
        return parsing.row_id(self.session_id.data or "")


class ReverseForm(NounForm):
    """Why an entry is taken out."""

    reason = LongText("What was wrong with it", render_kw={"rows": 3})


class InspectionForm(NounForm):
    """From which day to which the ledger is wanted."""

    first = DateText("From", description="Empty for all.")
    last = DateText("To", description="Included. Empty for all.")


def dose_line(one: StockDifference) -> str:
    """Write on one line which session it is and what of its dose is not drawn."""
    left = f"{in_full(one.left_mg)} of {in_full(one.dose_mg)} mg"
    day = f"{filters.day(one.started_at)}, {filters.time_of_day(one.started_at)}"
    return f"{day}: {one.patient_label} ({one.record_number}), session {one.number}, {left}"
