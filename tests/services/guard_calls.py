"""Which guards each service calls: what it authorizes, and through whom it fetches rows."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from tests.rules.checkout import ROOT, TRACKER, modules, tree

TABLE = ROOT / "tests" / "data" / "guards.json"
SERVICES = TRACKER / "services"
# Each with the place of its argument that says what is guarded.
GUARDS = {"authorize": 1, "allows": 1, "fetch": 1, "visible": 1}


def is_guard(node: ast.AST) -> bool:
    """Say whether a call is one of a guard."""
    return isinstance(node, ast.Call) and _name(node) in GUARDS and len(node.args) > 1


def _name(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def said(node: ast.Call) -> str:
    """Write a guard as the table has it: its name and what is guarded."""
    return f"{_name(node)} {ast.unparse(node.args[GUARDS[_name(node)]])}"


def gather(source: ast.AST) -> dict[str, list[str]]:
    """List the guards of each function of a module, in order; what is outside stands under ''."""
    found: dict[str, list[str]] = {}
    for where, node in _calls(source, ""):
        found.setdefault(where, []).append(said(node))
    return found


def _calls(node: ast.AST, where: str) -> Iterator[tuple[str, ast.Call]]:
    for child in ast.iter_child_nodes(node):
        inside = where
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            inside = f"{where}.{child.name}".strip(".")
        if is_guard(child):
            assert isinstance(child, ast.Call)
            yield where, child
        yield from _calls(child, inside)


def name_of(path: Path) -> str:
    """Name a module of the services."""
    return path.relative_to(SERVICES).as_posix()


def everything() -> dict[str, dict[str, list[str]]]:
    """List the guards of all services."""
    found = {name_of(path): gather(tree(path)) for path in modules(SERVICES)}
    return {name: guards for name, guards in sorted(found.items()) if guards}


def read() -> dict[str, dict[str, list[str]]]:
    """Read the table."""
    table: dict[str, dict[str, list[str]]] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


def write() -> None:
    """Write the table anew; look at what changed before it is committed."""
    text = json.dumps(everything(), indent=1, sort_keys=True)
    TABLE.write_text(f"{text}\n", encoding="utf-8")
