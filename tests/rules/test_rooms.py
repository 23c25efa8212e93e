"""The rules of the house for rooms: packages by noun, the same nouns in every layer."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.rules.checkout import ROOT, TESTS, TRACKER, folders, modules, name, text, tree

MOST_MODULES = 15
MANY_BY_DESIGN = {
    "tracker/models": "one module a table, as Alembic and the diagrams read them",
    "tracker/models/migrations/versions": "one module a step; none that has landed is edited",
}
# What a package may be called in domain/ and services/: a noun of the clinic, the same in both.
NOUNS = {
    "alerts", "audit", "backups", "calendar", "check_ins", "checklists", "clinic", "courses",
    "demo", "diary", "eligibility",
    "exports", "health_lists", "imports", "instruments", "letters", "live", "merges", "outcomes",
    "passkeys",
    "patients", "people",
    "progress", "safety_checks", "scores", "series", "sessions", "stock", "system", "timelines",
    "worksheets",
}  # fmt: skip
# Pages for an audience rather than of a noun.
AUDIENCES = {"account", "answers", "drafts", "guide", "home", "links", "my", "today"}
# What every noun of the domain may use; anything else there belongs to a noun.
DOMAIN_ROOT = {
    "access", "age", "codes", "date_format", "drugs", "formatting", "json_values", "measures",
    "parsing", "problems", "stored_content", "strict_table", "wall_time", "weights",
}  # fmt: skip


def packages(layer: str) -> set[str]:
    """Name the packages of a layer."""
    return {one for one in folders(TRACKER / layer) if (TRACKER / layer / one).is_dir()}


def modules_in(folder: Path) -> list[Path]:
    """List the modules that stand in a folder itself."""
    return [p for p in sorted(folder.glob("*.py")) if p.name != "__init__.py"]


def every_folder() -> set[Path]:
    """List the folders of the program and of its tests that hold modules."""
    return {path.parent for path in (*modules(TRACKER), *modules(TESTS))}


def repeats(stem: str, package: str) -> bool:
    """Say whether a module is named after a package: its name, its singular, or one as prefix."""
    words = {package, package.removesuffix("s")}
    return stem in words or stem.startswith(tuple(f"{word}_" for word in words))


def test_a_package_of_the_domain_or_the_services_is_called_by_its_noun():
    odd = {layer: sorted(packages(layer) - NOUNS) for layer in ("domain", "services")}
    assert not any(odd.values()), f"Use a noun of the clinic, or add it to NOUNS: {odd}"


def test_a_page_belongs_to_a_noun_or_to_an_audience():
    odd = packages("web") - NOUNS - AUDIENCES
    assert not odd, f"Use the noun that the domain and the services use: {sorted(odd)}"


def test_nothing_stands_at_the_root_of_the_domain_but_what_every_noun_uses():
    odd = {path.stem for path in modules_in(TRACKER / "domain")} - DOMAIN_ROOT
    assert not odd, f"Put these into the package of their noun: {sorted(odd)}"


def test_no_module_carries_a_package_beside_it_or_its_own_in_its_name():
    wrong = []
    for folder in every_folder():
        ours = folder.is_relative_to(TRACKER)
        beside = set(folders(folder)) if ours else set()
        for path in modules_in(folder):
            # A package's chief module may be called by the one thing that it is.
            is_chief = path.stem == folder.name.removesuffix("s")
            own = {folder.name} if ours and not is_chief else set()
            wrong += [name(path) for noun in beside | own if repeats(path.stem, noun)]
    assert not wrong, f"Move these into that package, or drop the prefix: {sorted(set(wrong))}"


@pytest.mark.parametrize(
    ("stem", "package", "found"),
    [
        ("session_rows", "sessions", True),
        ("sessions", "sessions", True),
        ("stock_given", "stock", True),
        ("rows", "sessions", False),
        ("livery", "live", False),
    ],
)
def test_the_rule_sees_a_prefix(stem, package, found):
    assert repeats(stem, package) is found


def test_a_folder_has_at_most_15_modules():
    counts = {
        name(folder): len(modules_in(folder))
        for folder in every_folder()
        if name(folder) not in MANY_BY_DESIGN
    }
    full = {folder: count for folder, count in counts.items() if count > MOST_MODULES}
    assert not full, f"Find the noun that is missing as a folder: {full}"


def test_a_package_says_in_a_few_lines_what_lives_there_and_holds_no_code():
    code = {"tracker", "tracker/cli", "tracker/instruments", "tracker/models", "tracker/web"}
    code |= {"tracker/exchange/tables"}
    wrong = []
    for path in (TRACKER).rglob("__init__.py"):
        doc = ast.get_docstring(tree(path)) or ""
        if name(path.parent) not in code and len(tree(path).body) > 1:
            wrong.append(f"{name(path)}: has code")
        if "migrations" not in path.parts and not 1 <= len(doc.splitlines()) <= 6:
            wrong.append(f"{name(path)}: its docstring has {len(doc.splitlines())} lines")
    assert not wrong, f"Say in three lines what lives there and which way it runs: {wrong}"


def test_no_module_hands_on_the_names_of_another():
    found = [
        name(path)
        for path in modules(TRACKER)
        if path != TRACKER / "models" / "__init__.py" and "__all__" in text(path)
    ]
    assert not found, f"Import from the module that defines, and drop __all__: {found}"


def test_a_folder_of_tests_mirrors_a_package():
    for layer in ("domain", "services", "exchange", "charts", "web"):
        odd = set(folders(TESTS / layer)) - set(folders(TRACKER / layer))
        assert not odd, f"tests/{layer}: no package is called what these are: {sorted(odd)}"


def test_readme_and_contributing_name_only_what_exists():
    named = Counter[str]()
    for page in ("README.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md"):
        named.update(_paths_in(text(ROOT / page)))
    missing = [path for path in named if not (ROOT / path).exists()]
    assert named, "The map of the code has gone"
    assert not missing, f"These moved or went; say where they are: {sorted(missing)}"


def _paths_in(page: str) -> list[str]:
    """Find what a page names in backquotes that begins like a path of the checkout."""
    quoted = page.split("`")[1::2]
    tops = ("tracker/", "templates/", "tests/", ".ci/", ".github/")
    return [q for q in quoted if q.startswith(tops) and not set(q) & set("<>* ()")]


def test_the_steps_of_adding_a_noun_are_those_that_a_noun_has():
    page = text(ROOT / ".github/CONTRIBUTING.md")
    steps = page.split("## Add a noun", 1)[1].split("\n## ", 1)[0]
    paths = [
        q for q in steps.split("`")[1::2] if q.startswith(("tracker/", "templates/", "tests/"))
    ]
    assert len(paths) >= 12
    missing = [p for p in paths if not (ROOT / p.replace("<noun>", "eligibility")).exists()]
    assert not missing, f"A noun has these elsewhere; say where: {missing}"


def test_the_map_names_every_noun_and_modules_that_it_has():
    rows = [line.strip("|").split("|") for line in text(ROOT / "README.md").splitlines()]
    by_noun = {row[0].strip(): row[2:4] for row in rows if row[0].strip() in NOUNS}
    assert set(by_noun) == NOUNS, f"Add these to the map: {sorted(NOUNS - set(by_noun))}"
    missing = [
        f"{layer}/{noun}: {named}"
        for noun, cells in by_noun.items()
        for layer, cell in zip(("domain", "services"), cells, strict=True)
        for named in cell.split("`")[1::2]
        if "/" not in named and not _is_module(layer, noun, named)
    ]
    assert not missing, f"The map names what is not there: {missing}"


def _is_module(layer: str, noun: str, named: str) -> bool:
    places = (TRACKER / layer / noun, TRACKER / layer)
    return any((place / f"{named}.py").is_file() for place in places)
