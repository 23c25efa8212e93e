"""The letter for the referrer: drafted from what is known, edited and signed by a clinician."""

from collections.abc import Iterator

from msgspec import Struct

from tracker.domain.formatting import full_day, lower_first, times
from tracker.domain.outcomes.person import durability
from tracker.domain.outcomes.person.course_lines import CourseLines, CourseScale
from tracker.domain.outcomes.person.report import PersonOutcomes
from tracker.domain.parsing import is_blank
from tracker.domain.problems import Problem

RECIPIENT_MAX = 400  # characters: a name and an address
WORDS_MAX = 2_600  # characters that stand on one page beside the picture
LINES_MAX = 40
COURSES_MAX = 3  # of the latest
NO_COMPARISON = (
    "These are figures of one person without a comparison: they do not show what caused a change."
)


class LetterDraft(Struct, frozen=True, kw_only=True):
    """A letter as it is typed: to whom, and what it says."""

    recipient: str = ""
    words: str = ""


def check(draft: LetterDraft, *, is_signed: bool) -> list[Problem]:
    """List everything that is wrong; only a letter that is signed needs somebody to go to."""
    problems = []
    if is_signed and is_blank(draft.recipient):
        problems.append(Problem("recipient", "Say to whom the letter goes."))
    if len(draft.recipient) > RECIPIENT_MAX:
        problems.append(Problem("recipient", f"Write at most {RECIPIENT_MAX} characters."))
    if is_blank(draft.words):
        problems.append(Problem("words", "Write what the letter says."))
    lines = draft.words.count("\n") + 1
    if len(draft.words) > WORDS_MAX or lines > LINES_MAX:
        message = (
            f"The letter is one page: at most {WORDS_MAX} characters in {LINES_MAX} lines. It has "
            f"{len(draft.words)} in {times(lines, 'line')}."
        )
        problems.append(Problem("words", message))
    return problems


def draft_of(found: PersonOutcomes, name: str) -> str:
    """Write a first draft from the figures; what is not known is said or left out."""
    return "\n\n".join(("Dear colleague,", *_paragraphs(found, name)))


def _paragraphs(found: PersonOutcomes, name: str) -> Iterator[str]:
    yield f"This is what is recorded of the treatment of {name} up to {full_day(found.today)}."
    if not found.courses:
        yield "No dose is recorded so far."
    for course in found.courses[-COURSES_MAX:]:
        yield _course(course)
    if found.durability is not None:
        kept = durability.sentences(found.durability)[-1]
        yield f"After the last dose. {kept}"
    for one in found.extremes[:1]:
        yield f"Last score: {one.scale} {one.last}."
    if found.courses:
        yield NO_COMPARISON
        yield (
            "Outcome, response and remission are counted by the clinic's definitions, version "
            f"{found.definitions.version}."
        )
    yield "Kind regards"


def _course(course: CourseLines) -> str:
    told = " ".join(_scale(one) for one in course.scales[:2])
    return f"{course.name}. {course.given}. {told or 'No score on a scale made for it.'}"


def _scale(one: CourseScale) -> str:
    return (
        f"{one.scale}: baseline {lower_first(one.baseline)}; in the window after the induction "
        f"{lower_first(one.outcome)}. {one.result}. Response over time: {lower_first(one.held)}."
    )
