"""The cookie by which an account knows a browser again (services/people/devices.py)."""

from flask import Response, after_this_request, current_app, request

from tracker.services.people import brakes, devices
from tracker.services.people.brakes import TryPlace

NAME = "tracker-device"
# As they stand in what browsers say of themselves; the first that is found is told.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "Chromebook"),
    ("Windows", "Windows"), ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def token() -> str:
    """Tell what the browser holds; '' where it holds nothing."""
    return request.cookies.get(_name(), "")


def place_of(user_id: int | None) -> TryPlace:
    """Tell where somebody tries to open an account: in a browser that it knows, or anywhere."""
    address = request.remote_addr or ""
    if user_id is None:
        return brakes.at_address(address)
    return devices.place_of(user_id, token(), address=address)


def remember(user_id: int) -> None:
    """Let the account know this browser from now on."""
    new = devices.remember(user_id, token(), name=_describe(request.user_agent.string))

    @after_this_request
    def keep(response: Response) -> Response:
        response.set_cookie(
            _name(),
            new,
            max_age=devices.LASTS,
            secure=_is_secure(),
            httponly=True,
            samesite="Strict",
            path="/",
        )
        return response


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])


def _name() -> str:
    return f"__Host-{NAME}" if _is_secure() else NAME


def _describe(agent: str) -> str:
    browser = next((name for sign, name in _BROWSERS if sign in agent), "A browser")
    system = next((f" on {name}" for sign, name in _SYSTEMS if sign in agent), "")
    return browser + system
