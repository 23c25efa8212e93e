"""What the application leaves out of Flask and Jinja holds only as long as this is so."""

import re
from inspect import iscoroutinefunction
from itertools import chain

from tests.rules.checkout import TRACKER, modules, name, text


def test_no_view_and_no_hook_is_a_coroutine(app):
    hooks = (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs)
    called = chain(app.view_functions.values(), *chain.from_iterable(h.values() for h in hooks))
    assert [one for one in called if iscoroutinefunction(one)] == []


def test_no_template_is_given_globals_of_its_own(app):
    """All have those of the application: what one were given, every other would have as well."""
    env = app.jinja_env
    assert env.get_template("layouts/page.html").globals is env.globals
    giving = re.compile(r"(get_template|select_template|from_string)\([^)]*globals")
    assert [name(path) for path in modules(TRACKER) if giving.search(text(path))] == []


def test_a_template_that_is_imported_has_the_token_of_the_answer(app):
    with app.test_request_context("/"):
        shown = app.jinja_env.globals["csrf_token"]()
        assert shown == app.jinja_env.globals["csrf_token"]()
        values = {}
        app.update_template_context(values)
        assert values["csrf_token"]() == shown
