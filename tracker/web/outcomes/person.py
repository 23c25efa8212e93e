"""One patient's outcomes: the page, which is also what is printed, and its pictures.

Their addresses stand below the patient's own, outside of the folder's prefix.
"""

from typing import TYPE_CHECKING, Any

from flask import g, render_template, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from tracker.domain.access import Permission
from tracker.web.guard import actor, requires

if TYPE_CHECKING:
    from flask.blueprints import BlueprintSetupState

    from tracker.domain.outcomes.person.comparisons import Comparison
    from tracker.web.progress.panel import Numbers

_SIZE, _PHONE_SIZE = (883, 300), (307, 375)


class OutcomePicture(Struct, frozen=True):
    """A picture with its words: what `templates/outcomes/person.html` draws."""

    urls: dict[str, str]
    alt: str
    tables: tuple["Numbers", ...]
    size: tuple[int, int] = _SIZE
    phone_size: tuple[int, int] = _PHONE_SIZE


def register(state: "BlueprintSetupState") -> None:
    """Add the addresses of one patient's outcomes to an application."""
    base = "/patients/<int:patient_id>/outcomes"
    state.app.add_url_rule(base, "outcomes.person", show)
    state.app.add_url_rule(
        f"{base}/<any(durability, dose, dissociation):which>.<any(svg, png):kind>",
        "outcomes.person_picture",
        picture,
    )


@requires(Permission.PATIENT_VIEW)
def show(patient_id: int) -> ResponseReturnValue:
    """Show what became of one patient, on a page that prints as one sheet."""
    # Imported here: a start and most pages do without.
    from tracker.domain.clinic.treatment_settings import TreatmentSettings
    from tracker.domain.outcomes import text
    from tracker.domain.outcomes.person import durability, episodes, report
    from tracker.services.outcomes.person import queries as person_queries

    found = person_queries.show(patient_id, by=actor())
    rules = TreatmentSettings.read(g.clinic.settings).course_rules
    kept = found.durability
    return render_template(
        "outcomes/person.html",
        patient_id=patient_id,
        told=found,
        standing=report.standing(found),
        definitions=[
            one
            for one in (
                text.definitions(found.definitions, found.scale, rules) if found.scale else ()
            )
            if one[0] != "Intervals"
        ],
        holding=[(list(episodes.sentences(one)), episodes.recall(one.instrument))
                 for one in found.holding],
        gain_rule=episodes.GAIN_RULE,
        durability=kept and _outcome_picture(patient_id, "durability", durability, kept),
        kept_lines=() if kept is None else (*durability.sentences(kept), *kept.left_out),
        compared=[(one, _comparison(patient_id, one)) for one in found.comparisons],
    )  # fmt: skip


def _comparison(patient_id: int, one: "Comparison") -> OutcomePicture | None:
    """Give the picture of a comparison; None where one value alone leaves nothing to compare."""
    from tracker.domain.outcomes.person import comparisons

    alike = len({each.x for each in one.sessions}) < 2
    return None if alike else _outcome_picture(patient_id, one.key, comparisons, one)


def _outcome_picture(patient_id: int, which: str, words: Any, prepared: Any) -> OutcomePicture:
    from tracker.web.progress.panel import looks, numbers

    address = url_for("outcomes.person_picture", patient_id=patient_id, which=which, kind="svg")
    tables = tuple(map(numbers, words.tables(prepared)))
    return OutcomePicture(urls=looks(address), alt=words.alt(prepared), tables=tables)


@requires(Permission.PATIENT_VIEW)
def picture(patient_id: int, which: str, kind: str) -> ResponseReturnValue:
    """Show one of the pictures of a patient's outcomes."""
    from tracker.services.outcomes.person import queries as person_queries
    from tracker.web.progress.answers import answer, look

    found = person_queries.picture_of(patient_id, which, by=actor(), kind=kind, **look())
    return answer(found, name=which)
