"""The rule of the house for what is done the quick way: one name in one module, no second home."""

import pytest

from tests.rules.checkout import TRACKER, modules, name, text

# What is quick -> its module, and what that offers to everybody else.
AT_HOME = {
    "exec_driver_sql": ("tracker/services/imports/fast_path.py", "insert_rows()"),
    "_compile_builder": ("tracker/web/addresses.py", "LateRule"),
    "connection().execute(": ("tracker/models/database.py", "plain_rows()"),
}


@pytest.mark.parametrize("quick", AT_HOME)
def test_what_is_quick_has_one_name_in_one_module(quick):
    home, offered = AT_HOME[quick]
    found = [
        name(path)
        for path in modules(TRACKER)
        if quick in text(path) and "migrations" not in path.parts
    ]
    assert found == [home], f"Call {offered} of {home} instead"
