"""The holder of a mailed link at a browser that nobody is signed in at.

The cookie holds the hash of the link, never the link itself, and for some hours only: the link in
the e-mail opens the same page again.
"""

from datetime import timedelta

from flask import g, session

from tracker.domain import date_format
from tracker.domain.access import Actor
from tracker.domain.date_format import DateFormat
from tracker.services import clock
from tracker.services.check_ins import links as check_in_links
from tracker.services.clinic import clinics
from tracker.web.login_forms import address

LINK = "link"  # the key in the cookie
LASTS = timedelta(hours=4)


def remember(token: str) -> None:
    """Let this browser answer what the link is for, without the link in any further address."""
    session[LINK] = [check_in_links.hash_of(token), clock.now().timestamp()]


def load_holder() -> Actor | None:
    """Find whom the link makes of this browser, and let the page know whose clinic it is."""
    held = session.get(LINK)
    if held is None:
        return None
    token_hash, since = held
    age = clock.now().timestamp() - since
    fresh = 0 <= age < LASTS.total_seconds()
    holder = check_in_links.still_good(token_hash, address=address()) if fresh else None
    if holder is None:
        session.pop(LINK)
        g.link_over = True
        return None
    g.actor, g.clinic = holder, clinics.view(holder.clinic_id)
    date_format.using(DateFormat.read(g.clinic.settings))
    return holder
