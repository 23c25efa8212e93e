"""When an e-mail to a patient leaves: their hour, the quiet hours, and what would come too late."""

from datetime import datetime, time, timedelta

from tracker.domain.clinic.settings import ClinicSettings
from tracker.domain.codes import MailTime

# Whoever is asked has so long to answer, or is asked before the hour that they chose.
# Our default, from no source.
TIME_TO_ACT = timedelta(hours=2)


def hour_of(choice: MailTime, settings: ClinicSettings) -> time:
    """Tell from which hour of the clinic's day on e-mails leave for who chose so."""
    return settings.evening_from if choice is MailTime.EVENING else settings.morning_from


def may_leave(
    now: datetime, choice: MailTime, settings: ClinicSettings, *, until: datetime
) -> bool:
    """Say whether an e-mail that nobody is harmed by waiting for leaves now.

    `now` is in the clinic's zone; after `until` the e-mail would tell nothing any more. What would
    come too late at the hour of today leaves before it. The quiet hours hold for all.
    """
    if settings.is_quiet(now.time()):
        return False
    hour = hour_of(choice, settings)
    # An hour within the quiet ones would never come.
    if now.time() >= hour or settings.is_quiet(hour):
        return True
    return until < datetime.combine(now.date(), hour, now.tzinfo) + TIME_TO_ACT
