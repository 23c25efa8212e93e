"""Which backups are kept: all of the last day, then one a day, a week and a month for a while."""

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime, timedelta

from msgspec import Struct

KEPT_WHOLE = timedelta(days=1)  # none of these goes, however many there are


class KeepRule(Struct, frozen=True):
    """Of how many days, weeks and months that have a backup the newest one stays."""

    days: int = 7
    weeks: int = 5
    months: int = 12


def list_outdated(times: Iterable[datetime], rule: KeepRule, now: datetime) -> list[datetime]:
    """List the backups that may go, oldest first; the newest is never among them.

    A day, week or month without a backup uses up no place: after a long pause nothing goes early.
    """
    newest_first = sorted(set(times), reverse=True)
    kept = set(newest_first[:1]) | {at for at in newest_first if at > now - KEPT_WHOLE}
    periods: tuple[tuple[int, Callable[[datetime], Hashable]], ...] = (
        (rule.days, datetime.date),
        (rule.weeks, lambda at: at.isocalendar()[:2]),
        (rule.months, lambda at: (at.year, at.month)),
    )
    for most, period_of in periods:
        newest: dict[Hashable, datetime] = {}
        for at in newest_first:
            newest.setdefault(period_of(at), at)
        kept.update(list(newest.values())[:most])
    return [at for at in reversed(newest_first) if at not in kept]
