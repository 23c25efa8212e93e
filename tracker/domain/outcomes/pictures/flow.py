"""The flow: from everybody who was treated to each result, and who is left out on the way."""

from msgspec import Struct

from tracker.domain.outcomes.figures import OutcomeFigures
from tracker.domain.outcomes.pictures.picture import OutcomePicture, Scope
from tracker.domain.progress.explanations import TextTable

NAME, TITLE = "flow", "From treated to counted"


class FlowStep(Struct, frozen=True):
    """How many courses are left at a step; `left_out` are those that it leaves out, and `why`."""

    label: str
    count: int
    left_out: int = 0
    why: str = ""


class FlowPicture(OutcomePicture, frozen=True, kw_only=True):
    """The steps in their order, and the results of those in the last."""

    steps: tuple[FlowStep, ...]
    results: tuple[FlowStep, ...]


def prepare(figures: OutcomeFigures, scope: Scope) -> FlowPicture:
    """Prepare the flow."""
    flow = figures.flow
    known = figures.response.observed.of
    steps = (
        FlowStep("Treated", flow.treated),
        FlowStep(
            "With a baseline", flow.with_baseline,
            flow.treated - flow.with_baseline, "without a baseline",
        ),
        FlowStep(
            "Ill enough to be counted", flow.entered,
            flow.with_baseline - flow.entered, "below the entry level",
        ),
        FlowStep("Window over, or a score in it", flow.due, flow.waiting, "still waiting"),
        FlowStep("With a score in the window", flow.observed, flow.missing, "without a score"),
    )  # fmt: skip
    results = (
        FlowStep("In response", flow.response),
        FlowStep("No response", known - flow.response),
        FlowStep("In remission", flow.remission),
    )
    rows = [(one.label, str(one.count), _left_out(one)) for one in steps]
    rows += [(one.label, str(one.count), "") for one in results]
    missing = "" if flow.treated else "No course to count yet: nobody was treated."
    said = (
        f"Of {flow.treated} treated, {flow.observed} have a score in the window; "
        f"{flow.response} of these are in response and {flow.remission} in remission."
    )
    return FlowPicture(
        name=NAME,
        title=TITLE,
        of_whom=f"{scope.scale.short_title}; {scope.courses(flow.observed, flow.treated)}",
        sentence=missing or said,
        table=TextTable(TITLE, ("Step", "Courses", "Left out here"), tuple(rows)),
        missing=missing,
        steps=steps,
        results=results,
    )


def _left_out(step: FlowStep) -> str:
    return f"{step.left_out} {step.why}" if step.why else ""
