"""An OpenAPI description of the pages, made of the url map and of the forms that pages show.

It is for schemathesis alone. The tracker has no interface for programs, and ships none of this.
"""

import ast
from collections import defaultdict
from pathlib import Path
from typing import Any

from werkzeug.routing import Rule

from tests.reliability.bad_input import forms as page_forms
from tests.reliability.bad_input.bench import Bench
from tests.rules.checkout import TRACKER, tree

# Sent by any role, these leave nothing to scan: the sign-in ends, or Ben's record is merged away.
LEFT_OUT = {"security.logout", "merges.compare"}
NO_PAGES = {"static", "security.static"}
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
# Addresses that scripts send JSON to, and what it looks like when it is right.
OF_SCRIPTS: dict[str, dict[str, Any]] = {
    "live.append": {"entries": {"type": "array", "items": {"type": "object", "properties": {
        "key": {"type": "string"}, "kind": {"type": "string"}, "replaces": {"type": "string"},
        "at": {"type": "string"}, "content": {"type": "object"}}}}},
}  # fmt: skip
TEXT = {"type": "string", "maxLength": 400}


def describe(bench: Bench, who: str) -> dict[str, Any]:
    """Describe what a role may send: every route but those that end the scan."""
    asked, typed = _asked_by_folder(), _typed(bench, who)
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    with bench.app.app_context():
        for rule in bench.app.url_map.iter_rules():
            if rule.endpoint in NO_PAGES | LEFT_OUT:
                continue
            path = "".join(f"{{{word}}}" if dynamic else word for dynamic, word in _parts(rule))
            for method in sorted({"GET", "POST"} & (rule.methods or set())):
                names = asked.get(rule.endpoint.partition(".")[0], set())
                body = typed.get(rule.endpoint, {}) if method == "POST" else None
                paths[path][method.lower()] = _operation(bench, rule, names, body)
    return {
        "openapi": "3.0.3",
        "info": {"title": "The pages of the tracker", "version": "1"},
        "paths": dict(paths),
    }


def _parts(rule: Rule) -> list[tuple[bool, str]]:
    """Split an address into what stands in it and what is filled in."""
    return [(dynamic, word) for dynamic, word in rule._trace if word != "|"]


def _operation(
    bench: Bench, rule: Rule, names: set[str], body: dict[str, list[str]] | None
) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": _value(bench, rule, name)}
        for name in sorted(rule.arguments)
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "schema": TEXT} for name in sorted(names)
    ]
    made: dict[str, Any] = {
        "operationId": f"{rule.endpoint} {'POST' if body is not None else 'GET'} {rule.rule}",
        "parameters": parameters,
        "responses": {"default": {"description": "a page"}},
    }
    if body is not None:
        made["requestBody"] = {"required": True, "content": _bodies(rule.endpoint, body)}
    return made


def _bodies(endpoint: str, typed: dict[str, list[str]]) -> dict[str, Any]:
    """Say what a form holds: as its page would send it, or any text in its place."""
    if endpoint in OF_SCRIPTS:
        return {JSON: {"schema": {"type": "object", "properties": OF_SCRIPTS[endpoint]}}}
    fields = {
        name: {"anyOf": [{"type": "string", "enum": sorted(set(sent))}, TEXT]} if sent else TEXT
        for name, sent in typed.items()
    }
    schema = {"type": "object", "properties": fields}
    return {FORM: {"schema": schema | ({} if fields else {"additionalProperties": TEXT})}}


def _value(bench: Bench, rule: Rule, name: str) -> dict[str, Any]:
    """Fill a place in an address with Ben's own record, or with any other value of its kind."""
    try:
        own = bench.scene._value(rule, name, "ben")
    except AssertionError:
        own = "x" * 43 if name == "token" else "1"
    if isinstance(own, int):
        # Of accounts Ben's alone: whoever scans must not shut their own.
        least = 10**9 if name == "user_id" else 0
        other = {"type": "integer", "minimum": least, "maximum": 2**70}
        return {"anyOf": [{"type": "integer", "enum": [own]}, other]}
    return {"anyOf": [{"type": "string", "enum": [str(own)]}, {"type": "string", "minLength": 1}]}


def _typed(bench: Bench, who: str) -> dict[str, dict[str, list[str]]]:
    """Read the forms of the pages that a role opens: what each sends, by the route it goes to."""
    found: dict[str, dict[str, list[str]]] = {}
    with bench.app.app_context():
        for one, endpoint, form in page_forms.forms(bench):
            if one == who and form.method == "POST":
                sent = {name: form.sent.get(name, []) for name in form.fields}
                found.setdefault(endpoint, {}).update(sent)
    return found


def _asked_by_folder() -> dict[str, set[str]]:
    """List the names that each folder of the web reads from an address."""
    return {
        folder.name: {name for path in folder.glob("*.py") for name in _names_in(path)}
        for folder in (TRACKER / "web").iterdir()
        if folder.is_dir()
    }


def _names_in(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            asked = ast.unparse(node.func)
            if asked in {"request.args.get", "request.args.getlist", "asked_id", "_text"}:
                found.add(str(node.args[0].value))
        elif isinstance(node, ast.Compare) and "request.args" in ast.unparse(node.comparators[0]):
            found |= {str(node.left.value)} if isinstance(node.left, ast.Constant) else set()
    return found
