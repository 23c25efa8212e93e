"""The pictures that need no course any more: those of figures, which rest on sums."""

from collections.abc import Iterable
from decimal import Decimal

from tracker.domain.outcomes.comparators import Comparator
from tracker.domain.outcomes.figures import OutcomeFigures
from tracker.domain.outcomes.pictures import by_session, curves, flow, rates
from tracker.domain.outcomes.pictures.picture import OutcomePicture, Scope

NAMES = (flow.NAME, rates.NAME, by_session.NAME, curves.TO_RESPONSE, curves.KEPT)


def prepare(
    figures: OutcomeFigures, scope: Scope, published: Iterable[Comparator], cut: Decimal | None
) -> tuple[OutcomePicture, ...]:
    """Prepare them in the order in which they are read."""
    return (
        flow.prepare(figures, scope),
        rates.prepare(figures, published, cut, scope),
        by_session.prepare(figures.by_session, figures.flow.treated, scope),
        curves.prepare(curves.TO_RESPONSE, figures.to_response, scope),
        curves.prepare(curves.KEPT, figures.kept, scope),
    )
