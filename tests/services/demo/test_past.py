"""The demonstration's people of the past make the figures of outcomes live."""

from zoneinfo import ZoneInfo

from tracker.services import clock
from tracker.services.demo import past
from tracker.services.outcomes import claims, keeping, queries
from tracker.services.outcomes.safety import queries as safety_queries


def test_every_figure_has_something_to_tell(cast):
    past.store(60, clock.now(), ZoneInfo("America/New_York"), by=cast.anna)
    report = queries.report("phq9", by=cast.anna)
    flow = report.figures.flow
    assert flow.observed > 20
    assert flow.response > flow.remission > 0
    assert flow.missing > 0
    assert flow.treated > flow.with_baseline
    assert report.figures.suicide_more.count
    safety = safety_queries.report(by=cast.anna)
    assert safety.figures.unresolved.sessions.count
    assert len(safety.chart.points_with_share) >= 10
    assert safety.completion.reasons
    answers = [one for claim in claims.report(by=cast.anna).claims for one in claim.answers]
    assert sum(one.is_enough(10) for one in answers) >= 4
    assert not list(keeping.differences(keeping.of_clinic(cast.clinic_id)))
