"""The rules of the house for where things are."""

from tests.rules import checks
from tests.rules.checkout import TEMPLATES, TESTS, TRACKER, folders, modules, text, top_level, tree

TOP = {"pyproject.toml", "README.md", "tracker", "templates", "instance", "tests"}
BUILT = {"PKG-INFO"}  # in an unpacked source distribution
SHARED_TEMPLATES = {"layouts", "components", "errors", "security"}
NOUNS = set(folders(TRACKER / "web"))


def test_nothing_else_stands_at_the_top():
    extra = {entry for entry in top_level() if not entry.startswith(".")} - TOP - BUILT
    assert not extra, f"Move these into tracker/, tests/ or a dot-folder: {sorted(extra)}"


def test_a_folder_of_the_web_is_a_blueprint_of_the_same_name():
    made = {
        noun: {b for p in modules(TRACKER / "web" / noun) for b in checks.blueprints(tree(p))}
        for noun in NOUNS
    }
    wrong = {noun: sorted(names) for noun, names in made.items() if names != {noun}}
    assert not wrong, (
        f"Make one blueprint in each folder, called what the folder is called: {wrong}"
    )


def test_a_blueprint_keeps_its_routes_in_routes_py():
    without = [noun for noun in NOUNS if not (TRACKER / "web" / noun / "routes.py").is_file()]
    assert not without, f"Put the routes of these folders in routes.py: {sorted(without)}"


def test_a_blueprint_with_pages_has_a_template_folder_of_its_name():
    with_pages = {
        noun
        for noun in NOUNS
        if any("render_template" in text(path) for path in modules(TRACKER / "web" / noun))
    }
    kept = set(folders(TEMPLATES)) - SHARED_TEMPLATES
    assert kept <= NOUNS, f"No blueprint is called what these are: {sorted(kept - NOUNS)}"
    assert with_pages <= kept, f"Make a folder in templates/ for {sorted(with_pages - kept)}"


def test_a_blueprint_has_a_test_folder_of_its_name():
    tested = {path.parent.name for path in (TESTS / "web").glob("*/test_*.py")}
    assert tested <= NOUNS, f"No blueprint is called what these are: {sorted(tested - NOUNS)}"
    assert tested >= NOUNS, f"Write tests/web/<name>/test_routes.py for {sorted(NOUNS - tested)}"
