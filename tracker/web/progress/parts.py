"""Parts of pages that a course alone decides, kept for as long as the course stays as it is.

Who may see one was checked, and noted, before anybody gets here. A part is a macro: it knows only
what it is given, and not who looks.
"""

import secrets
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

from cachetools import LRUCache, cached
from cachetools.keys import hashkey
from flask import current_app, g, get_template_attribute, request

from tracker.domain import date_format
from tracker.web.login import csrf_token

CACHE_LETTERS_MAX = 1024 * 1024  # the parts of some sixty patients, of two bytes a letter

Values = Callable[[], Mapping[str, object]]

# Stands in what is kept for the token of a form, which is that of one browser.
_ANYBODYS = secrets.token_urlsafe()


def part(template: str, key: Hashable, values: Values) -> str:
    """Render the macro `part` of a template, or give what it made of equal values before."""
    return parts(template, ("part",), key, values)[0]


def parts(template: str, names: tuple[str, ...], key: Hashable, values: Values) -> tuple[str, ...]:
    """Render macros of a template, or give what they made of equal values before.

    `key` holds everything that `values` is made from, as it is: a change cannot be overlooked. Each
    macro is given those of the values that it names.
    """
    # Whoever works on a template wants to see it change.
    render = _render.__wrapped__ if current_app.debug else _render
    return tuple(map(_for_this_browser, render(template, names, key, values)))


def _for_this_browser(html: str) -> str:
    return html.replace(_ANYBODYS, csrf_token()) if _ANYBODYS in html else html


def _letters(made: tuple[str, ...]) -> int:
    return sum(map(len, made))


# To hash a whole course once is work enough for a page: hashkey does not do it again.
@cached(
    LRUCache(CACHE_LETTERS_MAX, getsizeof=_letters),
    key=lambda template, names, key, _values: hashkey(
        template, names, request.script_root, date_format.current(), key
    ),
    lock=Lock(),
)
def _render(
    template: str, names: tuple[str, ...], _key: Hashable, values: Values
) -> tuple[str, ...]:
    given = values()
    macros = [get_template_attribute(template, name) for name in names]
    with _for_anybody():
        return tuple(macro(**{name: given[name] for name in macro.arguments}) for macro in macros)


@contextmanager
def _for_anybody() -> Iterator[None]:
    """Keep the token of whoever happens to look first out of what everybody is shown."""
    own = g.pop("csrf_token", None)
    g.csrf_token = _ANYBODYS
    try:
        yield
    finally:
        g.pop("csrf_token")
        if own is not None:
            g.csrf_token = own
