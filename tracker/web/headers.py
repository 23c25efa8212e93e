"""The headers every answer carries: nothing from elsewhere, nothing kept."""

from flask import Flask, Response, request

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
_STATIC = frozenset({"static", "bootstrap.static"})


def _dress(response: Response) -> Response:
    svg = response.mimetype == "image/svg+xml" and request.endpoint not in _STATIC
    response.headers["Content-Security-Policy"] = SVG_POLICY if svg else POLICY
    response.headers.extend(CONSTANT)  # no view sets one of them itself
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint in _STATIC:
        # Asked again each time and answered 304: after an upgrade no page mixes old with new.
        response.cache_control.no_cache = True
    elif not response.cache_control.private:  # a picture says `private, no-cache` itself
        response.cache_control.no_store = True
    return response


def init_app(app: Flask) -> None:
    """Dress every answer, errors and static files too."""
    app.after_request(_dress)
