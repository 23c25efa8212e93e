"""The addresses of pictures of one session."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from tracker.domain.access import Permission
from tracker.web.guard import actor, requires
from tracker.web.progress.answers import answer, look

blueprint = Blueprint("timelines", __name__)


@blueprint.get("/sessions/<int:session_id>/timeline.<any(svg, png):kind>")
@requires(Permission.PROGRESS_VIEW)
def of_session(session_id: int, kind: str) -> ResponseReturnValue:
    """Show a session minute by minute; its patient may once it is signed."""
    # Imported here: a start and most pages do without.
    from tracker.services.timelines import pictures as timeline_pictures

    wanted = look(timeline_pictures.SHAPES)
    picture = timeline_pictures.picture_of(session_id, by=actor(), kind=kind, **wanted)
    return answer(picture, name="timeline")
