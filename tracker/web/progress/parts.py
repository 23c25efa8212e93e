"""Parts of pages that a course alone decides, kept for as long as the course stays as it is.

Who may see one was checked, and noted, before anybody gets here. A part is a macro: it knows only
what it is given, and not who looks.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from flask import current_app, get_template_attribute, request

from tracker.services.progress.drawing import Kept

KEPT_LETTERS_MAX = 1024 * 1024  # the parts of some sixty patients, of two bytes a letter


@dataclass(frozen=True, slots=True)
class _Part:
    """What was rendered, and from what: to hash a whole course once is work enough for a page."""

    key: Hashable
    html: str

    def __len__(self) -> int:
        return len(self.html)


_kept: Kept[_Part] = Kept(KEPT_LETTERS_MAX)


def part(template: str, key: Hashable, values: Callable[[], Mapping[str, object]]) -> str:
    """Render the macro `part` of a template, or give what it made of equal values before.

    `key` holds everything that `values` is made from, as it is: a change cannot be overlooked.
    """
    tag = (template, request.script_root, hash(key))
    found = _kept.find(tag)
    # Two courses may share a hash, and whoever works on a template wants to see it change.
    if found is None or found.key != key or current_app.debug:
        found = _Part(key, get_template_attribute(template, "part")(**values()))
        _kept.keep(tag, found)
    return found.html
