"""Answer with a picture, or with the word that the browser's own copy is still right."""

from collections.abc import Collection

from flask import Response, abort, request

from tracker.services.progress import drawing
from tracker.services.progress.drawing import Picture
from tracker.web.exports import limits

_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


def look(shapes: Collection[str] = drawing.SHAPES) -> dict[str, str]:
    """Read the wanted shape and theme; there is no picture in any other."""
    shape, theme = request.args.get("shape", "desktop"), request.args.get("theme", "light")
    if shape not in shapes or theme not in drawing.THEMES:
        abort(404)
    return {"shape": shape, "theme": theme}


def answer(picture: Picture, *, name: str = "progress") -> Response:
    """Send a picture, or 304 where whoever asks has it: then nothing is drawn.

    A browser keeps none (headers.py): whoever finds the tablet would see it without signing in.
    `name` is that of a file which is downloaded.
    """
    known = request.if_none_match.contains_weak(picture.tag)
    if not known and not picture.is_kept:
        refused = limits.refuse_beyond(limits.DRAWN, "pictures")
        if refused is not None:
            return refused
    response = Response(b"" if known else picture.content(), mimetype=_TYPES[picture.kind])
    response.status_code = 304 if known else 200
    response.set_etag(picture.tag, weak=True)  # the same picture, packed or not
    if picture.kind == "png":
        # A file name lands in download lists and mails: it names nobody.
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.png"'
    return response
