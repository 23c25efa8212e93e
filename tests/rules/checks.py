"""What the rules look for: a check takes a syntax tree or a text, and gives its faults."""

import ast
import re
from collections.abc import Iterator

LONGEST_FUNCTION = 45

IN_TEMPLATES = {
    "an inline style": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "an inline script": re.compile(r"<script\b(?![^>]*\ssrc\s*=)|javascript:", re.IGNORECASE),
    "an event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "unescaped output": re.compile(r"\|\s*safe\b|autoescape\s+false|\bMarkup\b"),
}


def long_functions(tree: ast.Module) -> Iterator[str]:
    """Find functions that do not fit a screen."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{node.lineno}: {node.name} has {lines} lines"


def bare_sessions(tree: ast.Module) -> Iterator[str]:
    """Find places where something is given the bare name `session`."""
    for node in ast.walk(tree):
        if "session" in _names_bound(node):
            yield str(getattr(node, "lineno", 1))


def _names_bound(node: ast.AST) -> tuple[str | None, ...]:
    match node:
        case ast.Name(id=bound, ctx=ast.Store()) | ast.arg(arg=bound):
            return (bound,)
        case ast.FunctionDef(name=bound) | ast.AsyncFunctionDef(name=bound):
            return (bound,)
        case ast.ExceptHandler(name=bound) | ast.MatchAs(name=bound) | ast.MatchStar(name=bound):
            return (bound,)
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return tuple(alias.asname or alias.name for alias in names)
    return ()


def misnamed_errors(tree: ast.Module) -> Iterator[str]:
    """Find exceptions whose names do not end in Error."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.name.endswith("Error"):
            bases = [ast.unparse(base) for base in node.bases]
            if any(base.endswith(("Error", "Exception")) for base in bases):
                yield f"{node.lineno}: {node.name}"


def commits(tree: ast.Module) -> Iterator[str]:
    """Find calls that end a transaction."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="commit"), lineno=line):
                yield f"{line}: {ast.unparse(node)}"


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Find every import, lazy ones too: its line and the full name of what is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def imports_of(tree: ast.Module, *packages: str) -> Iterator[str]:
    """Find imports of the packages, or of anything inside them."""
    for line, what in imported(tree):
        if any(what == package or what.startswith(f"{package}.") for package in packages):
            yield f"{line}: {what}"


def raw_html(tree: ast.Module) -> Iterator[str]:
    """Find code that goes round the escaping of the templates."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            used = node.id if isinstance(node, ast.Name) else node.attr
            if used in {"Markup", "render_template_string"}:
                yield f"{node.lineno}: {used}"


def template_faults(text: str) -> Iterator[str]:
    """Find markup that our own security policy would refuse, or that skips escaping."""
    without_comments = re.sub(r"\{#.*?#\}", _same_lines, text, flags=re.DOTALL)
    for fault, pattern in IN_TEMPLATES.items():
        for found in pattern.finditer(without_comments):
            line = without_comments.count("\n", 0, found.start()) + 1
            yield f"{line}: {fault}"


def _same_lines(comment: re.Match[str]) -> str:
    return "\n" * comment.group().count("\n")


def blueprints(tree: ast.Module) -> Iterator[str]:
    """Find the names of the blueprints that a module makes."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Blueprint"), args=[ast.Constant(value=str(made)), *_]):
                yield made


def unsourced_numbers(instrument: dict[str, object]) -> Iterator[str]:
    """Find numbers of an instrument file that do not say where they come from."""
    for key in ("source", "licence"):
        if not str(instrument.get(key, "")).strip():
            yield f"'{key}' is empty"
    if instrument.get("bands") and not str(instrument.get("bands_source", "")).strip():
        yield "'bands' needs 'bands_source'"
    yield from _unsourced_parts(instrument)
    change = instrument.get("change", {})
    if isinstance(change, dict):
        sourced = [
            key.removesuffix("_source") for key, value in change.items() if _is_source(key, value)
        ]
        for key in change:
            if not key.endswith("_source") and not key.startswith(tuple(sourced)):
                yield f"'change.{key}' needs a source"


def _unsourced_parts(instrument: dict[str, object]) -> Iterator[str]:
    """Find what scoring allows, and parts, patterns and alarms, without the source of each."""
    scoring = instrument.get("scoring")
    if isinstance(scoring, dict) and scoring.get("missing_allowed"):
        yield from [] if scoring.get("missing_source") else ["'scoring' needs a 'missing_source'"]
    for key in ("subscales", "patterns", "alarms"):
        rows = instrument.get(key, [])
        for row in rows if isinstance(rows, list) else []:
            bare = key == "subscales" and "cut" not in row
            if not bare and not str(row.get("source", "")).strip():
                yield f"'{key}' needs a source"


def _is_source(key: str, value: object) -> bool:
    return key.endswith("_source") and bool(str(value).strip())
