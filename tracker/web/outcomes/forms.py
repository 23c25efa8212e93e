"""Which courses to count; it is asked for in the address, and names nobody."""

from wtforms import BooleanField, Form, SelectField
from wtforms.fields.choices import SelectChoice

from tracker.domain.codes import Drug, Indication, Phase, Route
from tracker.domain.instruments.model import Instrument
from tracker.domain.outcomes.safety.run_chart import RunMeasure
from tracker.domain.outcomes.selection import DoseBand, FailedTrials, Selection
from tracker.domain.outcomes.strata import Dimension
from tracker.services.outcomes.safety.period import SafetySelection
from tracker.web.forms import DateText, WordSelect

ALL = "All"


class SelectionForm(Form):
    """A scale, and the courses that count."""

    scale = SelectField("Scale", validate_choice=False)
    indication = WordSelect("Treated for", words=Indication, blank="What the scale is made for")
    route = WordSelect("Route", words=Route, blank=ALL)
    drug = WordSelect("Drug", words=Drug, blank=ALL)
    phase = WordSelect("First series", words=Phase, blank=ALL)
    dose = WordSelect("Mean dose", words=DoseBand, blank=ALL)
    tried = WordSelect("Failed antidepressants", words=FailedTrials, blank=ALL)
    since = DateText("First dose from")
    until = DateText("First dose to", description="Included.")
    by = WordSelect("Part courses by", words=Dimension, blank="Nothing")
    whole_induction = BooleanField("Only whole inductions, as in the published series")

    def offer(
        self, scales: tuple[Instrument, ...], chosen: str, dimensions: tuple[Dimension, ...] = ()
    ) -> None:
        """Name the scales that may be chosen and the one that is, and what may part courses."""
        self.by.choices = [one for one in self.by.choices if one.value in ("", *dimensions)]
        self.scale.choices = [SelectChoice(one.code, one.title) for one in scales]
        self.scale.data = chosen

    def selection(self) -> Selection:
        """Say which courses count; whatever was asked for in other words counts as all."""
        indication = self.indication.data or None
        return Selection(
            everything=indication is not None,
            indication=indication,
            route=self.route.data or None,
            drug=self.drug.data or None,
            phase=self.phase.data or None,
            dose=self.dose.data or None,
            tried=self.tried.data or None,
            since=self.since.data,
            until=self.until.data,
            whole_induction=bool(self.whole_induction.data),
        )


class SafetyForm(Form):
    """Which sessions count, and what the run chart follows."""

    since = DateText("Held from")
    until = DateText("Held to", description="Included.")
    route = WordSelect("Route", words=Route, blank=ALL)
    drug = WordSelect("Drug", words=Drug, blank=ALL)
    measure = SelectField(
        "Run chart of", choices=[SelectChoice(*one) for one in RunMeasure.choices()],
        validate_choice=False,
    )  # fmt: skip

    def selection(self) -> SafetySelection:
        """Say which sessions count."""
        return SafetySelection(
            since=self.since.data,
            until=self.until.data,
            route=self.route.data or None,
            drug=self.drug.data or None,
        )

    def chosen_measure(self) -> RunMeasure:
        """Say what the chart follows; the first that there is for anything else."""
        known = {one.value: one for one in RunMeasure}
        return known.get(self.measure.data or "", RunMeasure.EFFECTS)
