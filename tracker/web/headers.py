"""The headers every answer carries: nothing from elsewhere, nothing kept; and how it is packed."""

from http import HTTPStatus

from flask import Flask, Response, request
from flask_compress import Compress

from tracker.web import addresses

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; manifest-src 'self'; worker-src 'self'"
)
# matplotlib writes style attributes into its SVG; as a picture they are harmless, as a page barred.
SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
CONSTANT = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
YEAR_SECONDS = 31_536_000
PACKING = {
    "COMPRESS_REGISTER": False,
    "COMPRESS_ALGORITHM": ["br", "gzip"],
    "COMPRESS_ALGORITHM_STREAMING": ["br", "gzip"],
    "COMPRESS_MIMETYPES": [
        "text/html", "text/css", "text/javascript", "application/json", "image/svg+xml",
    ],
}  # fmt: skip
# From a page of ours, or typed into the browser: https://www.w3.org/TR/fetch-metadata/
_OWN_WISH = frozenset({"same-origin", "none"})
_packing = Compress()


def _dress(response: Response) -> Response:
    is_file = request.endpoint == addresses.FILES
    svg = response.mimetype == "image/svg+xml" and not is_file
    response.headers["Content-Security-Policy"] = SVG_POLICY if svg else POLICY
    response.headers.extend(CONSTANT)  # no view sets one of them itself
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}; includeSubDomains"
    if is_file:
        _let_keep(response)
    else:
        response.cache_control.no_store = True
    return response


def _let_keep(response: Response) -> None:
    """Let a file be kept for good by an address with its version; by any other it is asked for.

    After an upgrade pages name other addresses, so no page mixes old with new.
    """
    if response.status_code < HTTPStatus.BAD_REQUEST and addresses.never_changes():
        response.cache_control.no_cache = None  # what Flask says of every file
        response.cache_control.public = True
        response.cache_control.max_age = YEAR_SECONDS
        response.cache_control.immutable = True
    else:
        response.cache_control.no_cache = True


def _pack(response: Response) -> Response:
    """Send an answer packed, but a page only to whoever asked for it from here.

    By its packed length a page that somebody else has it asked for, with words of theirs in it,
    would give away a secret that stands beside them (BREACH, https://www.breachattack.com/).
    """
    if request.endpoint == addresses.FILES:
        if response.status_code != HTTPStatus.OK:  # a part of one must stay as it is
            return response
        response.direct_passthrough = False
        response.make_sequence()  # and closes the file, which what packs a stream forgets
    elif request.headers.get("Sec-Fetch-Site", "") not in _OWN_WISH:
        return response
    return _packing.after_request(response)


def init_app(app: Flask) -> None:
    """Dress every answer, errors and static files too, and pack it."""
    app.config.from_mapping(PACKING)
    _packing.init_app(app)
    app.after_request(_pack)
    app.after_request(_dress)  # before it is packed: what comes later goes first
