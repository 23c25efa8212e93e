"""Parts of pages that a course alone decides, kept for as long as the course stays as it is.

Who may see one was checked, and noted, before anybody gets here: a part holds nothing that depends
on who looks, and no name.
"""

from collections.abc import Callable, Hashable, Mapping

from flask import current_app, render_template, request
from markupsafe import Markup

from tracker.services.drawing import Kept

KEPT_LETTERS_MAX = 4 * 1024 * 1024  # some three hundred patients' parts

_kept: Kept[Markup] = Kept(KEPT_LETTERS_MAX)


def part(template: str, key: Hashable, values: Callable[[], Mapping[str, object]]) -> Markup:
    """Render a part of a page, or give what was rendered from equal values before.

    `key` holds everything that `values` is made from, as it is: a change cannot be overlooked.
    """
    tag = (template, request.script_root, key)
    found = _kept.find(tag)
    if found is None or current_app.debug:  # whoever works on a template wants to see it change
        found = Markup(render_template(template, **values()))  # noqa: S704 - Jinja escaped it
        _kept.keep(tag, found)
    return found
