"""The addresses of progress pictures: the whole course, and how long it lasts."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.domain.problems import NotFoundError
from tracker.services.progress import pictures as progress_pictures
from tracker.web.guard import actor, requires
from tracker.web.progress.answers import answer, look

blueprint = Blueprint("progress", __name__)


@blueprint.get("/patients/<int:patient_id>/progress.<any(svg, png):kind>")
@requires(Permission.PROGRESS_VIEW)
def of_patient(patient_id: int, kind: str) -> ResponseReturnValue:
    """Show a patient's picture."""
    return answer(progress_pictures.picture_of(patient_id, by=actor(), kind=kind, **look()))


@blueprint.get("/my/progress.<any(svg, png):kind>")
@requires(Permission.OWN_RECORD_VIEW)
def own(kind: str) -> ResponseReturnValue:
    """Show patients their own picture."""
    patient_id = actor().patient_id
    if patient_id is None:
        raise NotFoundError
    return answer(progress_pictures.picture_of(patient_id, by=actor(), kind=kind, **look()))


@blueprint.get("/patients/<int:patient_id>/after-last-dose.<any(svg, png):kind>")
@requires(Permission.PROGRESS_VIEW)
def after_dose_of_patient(patient_id: int, kind: str) -> ResponseReturnValue:
    """Show how long each course of a patient lasts."""
    picture = progress_pictures.after_dose_picture_of(patient_id, by=actor(), kind=kind, **look())
    return answer(picture, name="after-last-dose")


@blueprint.get("/my/after-last-dose.<any(svg, png):kind>")
@requires(Permission.OWN_RECORD_VIEW)
def own_after_dose(kind: str) -> ResponseReturnValue:
    """Show patients how long each of their courses lasts."""
    patient_id = actor().patient_id
    if patient_id is None:
        raise NotFoundError
    picture = progress_pictures.after_dose_picture_of(patient_id, by=actor(), kind=kind, **look())
    return answer(picture, name="after-last-dose")
