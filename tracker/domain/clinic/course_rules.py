"""What a clinic sets of courses of treatment: when one ends, how old its baseline may be."""

from msgspec import Struct

PAUSE_DAYS = 90  # clinic default, no published source
BASELINE_DAYS = 14  # clinic default, no published source


class CourseRules(Struct, frozen=True, kw_only=True):
    """What a clinic sets of courses.

    After more than `pause_days` without a dose a series begins a course, unless somebody said
    otherwise. A baseline is at most `baseline_days` old at the first dose.
    """

    pause_days: int = PAUSE_DAYS
    baseline_days: int = BASELINE_DAYS


CLINIC_DEFAULTS = CourseRules()
