"""The page on which an analysis is asked for; nothing is worked out before somebody asks."""

from collections.abc import Iterable

from flask import render_template, request
from flask.typing import ResponseReturnValue
from wtforms import BooleanField

from tracker.domain import parsing
from tracker.domain.codes import Occasion
from tracker.domain.outcomes import text as outcome_text
from tracker.domain.outcomes.analysis import text
from tracker.domain.outcomes.analysis.question import (
    AnalysisQuestion,
    CountedFrom,
    Fit,
    Trait,
    check,
)
from tracker.domain.outcomes.selection import ALL
from tracker.domain.problems import InvalidError, NotFoundError, Problem
from tracker.services.outcomes import commands as outcome_commands
from tracker.services.outcomes import keeping
from tracker.services.outcomes.analysis import queries as analysis_queries
from tracker.services.people.tries import TryLimit
from tracker.web.exports.limits import refuse_beyond
from tracker.web.forms import DecimalText, LineText, WordSelect
from tracker.web.guard import actor
from tracker.web.outcomes.forms import SelectionForm

LIMIT = TryLimit(30, minutes=10)  # of a person: some ten seconds of a core each at most
ASKED = "count"
PEOPLE_AT_ONCE = 2_000  # as on the first view
_PLACES = {"until": "last_hour"}


class AnalysisForm(SelectionForm):
    """Of whom, in which groups, from which scores."""

    counted_from = WordSelect(
        "Followed",
        words=CountedFrom,
        blank=CountedFrom.COURSE.label,
        description="Courses are those that were ill enough to be counted. People need no "
        "treatment here: for a study that was imported.",
    )
    trait = WordSelect("Groups by", words=Trait, blank="One group")
    columns = LineText(
        "Groups by columns of an import",
        description="Headings that an import kept in the notes, with commas between: treatment.",
    )
    against = LineText(
        "Held against",
        description="The groups that others are held against. Empty: the first by name.",
    )
    first_hour = DecimalText("From", unit="hours")
    last_hour = DecimalText("To", unit="hours")
    occasion = WordSelect("Asked as", words=Occasion, blank="Any occasion")
    at_least = DecimalText("Count later totals of at least", unit="points")
    with_model = BooleanField("A mixed model of all scores as well")
    fit = WordSelect("Fitted by", words=Fit, blank=Fit.REML.label)
    own_slope = BooleanField("People may differ in their slope, too")

    def question(self) -> AnalysisQuestion:
        """Read what is asked."""
        return AnalysisQuestion(
            counted_from=self.counted_from.data or CountedFrom.COURSE,
            trait=self.trait.data or None,
            columns=_words(self.columns.data),
            against=_words(self.against.data),
            since=self.first_hour.data,
            until=self.last_hour.data,
            occasion=self.occasion.data or None,
            at_least=self.at_least.data,
            with_model=bool(self.with_model.data),
            fit=self.fit.data or Fit.REML,
            own_slope=bool(self.own_slope.data),
        )

    def show(self, problems: Iterable[Problem]) -> None:
        """Put problems beside their fields."""
        for problem in problems:
            found = self._fields[_PLACES.get(problem.field, problem.field)]
            if not found.process_errors:
                found.errors = [*found.errors, problem.message]


def _words(line: str | None) -> tuple[str, ...]:
    parts = (line or "").split(",")
    return tuple(part.strip() for part in parts if not parsing.is_blank(part))


def page(code: str) -> ResponseReturnValue:
    """Show the form; and what was worked out, where somebody asked for it."""
    scales = keeping.scales()
    if code not in {one.code for one in scales}:
        raise NotFoundError
    form, found, status = AnalysisForm(request.args), None, 200
    form.validate()
    if request.args.get(ASKED):
        form.show(check(form.question(), form.selection()))
        if not form.errors:
            if (refused := refuse_beyond(LIMIT, "analyses")) is not None:
                return refused
            outcome_commands.count_where_needed(by=actor(), people_max=PEOPLE_AT_ONCE)
            found = _worked_out(form, code)
        status = 200 if found is not None else 422
    form.offer(scales, code)
    answer = render_template(
        "outcomes/analysis.html",
        form=form,
        found=found,
        words=text,
        figures_as=outcome_text,
        all_courses=ALL,
    )
    return answer, status


def _worked_out(form: AnalysisForm, code: str) -> analysis_queries.Analysis | None:
    try:
        return analysis_queries.analyse(code, form.question(), form.selection(), by=actor())
    except InvalidError as error:
        form.show(error.problems)
        return None
