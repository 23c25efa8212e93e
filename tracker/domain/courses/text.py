"""Courses in words: the one place that names them."""

from collections.abc import Container
from datetime import datetime, timedelta

from tracker.domain.clinic.course_rules import CLINIC_DEFAULTS, CourseRules
from tracker.domain.courses.course import Course, Courses
from tracker.domain.date_format import MONTHS
from tracker.domain.formatting import full_day, times
from tracker.domain.measures import CLINIC_DEFAULT


def name(course: Course) -> str:
    """Name a course: `Course 2, from 3 Mar 2026`."""
    return f"Course {course.number}, from {full_day(course.first_at)}"


def months(first: datetime, last: datetime) -> str:
    """Write the months that something took: `Jan to Mar 2025`, `Nov 2025 to Jan 2026`."""
    start, end = (f"{MONTHS[day.month - 1]} {day.year}" for day in (first, last))
    if start == end:
        return end
    return f"{start.removesuffix(f' {last.year}')} to {end}"


def rule(rules: CourseRules) -> str:
    """Write when a series begins a course, where nobody said it."""
    is_default = rules.pause_days == CLINIC_DEFAULTS.pause_days
    source = CLINIC_DEFAULT if is_default else "clinic setting"
    return (
        "An induction begins a course of treatment, and so does a series after more than "
        f"{times(rules.pause_days, 'day')} without a dose ({source})."
    )


def of_series(
    courses: Courses,
    number: int,
    planned: Container[datetime] = (),
    unrecorded: Container[int] = (),
) -> str:
    """Say which course a series begins or continues; '' where nothing of it was given.

    `planned` are the instants of doses that are still to come and were counted as given;
    `unrecorded` the series of which days have passed that nobody has recorded: what comes next is
    not known to be their first.
    """
    for course in courses.in_time:
        if number in course.series:
            verb = "begins" if course.series[0] == number else "continues"
            first = f"first dose on {full_day(course.first_at)}"
            if course.first_at in planned:
                is_first = course.series[0] not in unrecorded
                what = "first dose" if is_first else "no dose recorded yet, the next"
                first = f"{what} planned for {full_day(course.first_at)}"
            return f"Course {course.number}, {first}: this series {verb} it"
    return ""


def proposal(courses: Courses) -> str:
    """Say what the rule makes of a new series, for somebody who is about to plan one."""
    if not courses.in_time:
        return "Left open, this series begins course 1: no dose was given before."
    latest = max(courses.in_time, key=lambda course: course.last_at)
    until = full_day(latest.last_at + timedelta(days=courses.rules.pause_days))
    about = f" ({latest.indication.within})" if latest.indication else ""
    new = f"course {len(courses.in_time) + 1}"
    return (
        f"Left open, an induction begins {new}. Maintenance and boosters of the same treatment "
        f"continue course {latest.number}{about} until {until}, which is "
        f"{times(courses.rules.pause_days, 'day')} after its last dose, and begin {new} later."
    )
