"""Parts of pages that a course alone decides, kept for as long as the course stays as it is.

Who may see one was checked, and noted, before anybody gets here. A part is a macro: it knows only
what it is given, and not who looks.
"""

from collections.abc import Callable, Hashable, Mapping
from threading import Lock

from cachetools import LRUCache, cached
from cachetools.keys import hashkey
from flask import current_app, get_template_attribute, request

CACHE_LETTERS_MAX = 1024 * 1024  # the parts of some sixty patients, of two bytes a letter

Values = Callable[[], Mapping[str, object]]


def part(template: str, key: Hashable, values: Values) -> str:
    """Render the macro `part` of a template, or give what it made of equal values before.

    `key` holds everything that `values` is made from, as it is: a change cannot be overlooked.
    """
    # Whoever works on a template wants to see it change.
    render = _render.__wrapped__ if current_app.debug else _render
    return render(template, key, values)


# To hash a whole course once is work enough for a page: hashkey does not do it again.
@cached(
    LRUCache(CACHE_LETTERS_MAX, getsizeof=len),
    key=lambda template, key, _values: hashkey(template, request.script_root, key),
    lock=Lock(),
)
def _render(template: str, _key: Hashable, values: Values) -> str:
    html: str = get_template_attribute(template, "part")(**values())
    return html
