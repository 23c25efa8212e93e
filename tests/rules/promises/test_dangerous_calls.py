"""What nothing here does: run text, put statements together, ask others, draw weak secrets."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.rules.checkout import ROOT, modules, text, tree

TRACKER = ROOT / "tracker"
SCRIPTS = sorted((TRACKER / "static").rglob("*.js"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# The server's own tools for PostgreSQL and systemd, and our own program that fits models: by a list
# of words and never by a shell.
MAY_START_PROGRAMS = {
    "services/backups/databases/postgresql.py", "services/backups/databases/postgresql_tools.py",
    "services/outcomes/analysis/fitting.py", "services/system/deployment.py",
}  # fmt: skip
# SET takes no parameter, and a number of ours is no text of anybody.
NUMBERS_IN_TEXT = ("models/postgresql.py", {"seconds * 1000"})
# The demonstration is drawn from a seed, so that it can be repeated.
MAY_DRAW = ("domain/demo/", "services/demo/")
# What our own server escaped, kept for the time without a connection.
MAY_SET_MARKUP = {"offline/patient_shell.js"}
OTHERS = {
    "urllib.request",
    "http.client",
    "requests",
    "httpx",
    "aiohttp",
    "urllib3",
    "ftplib",
    "telnetlib",
}
RUNS_TEXT = {"eval", "exec", "compile", "__import__", "render_template_string", "from_string"}
READS_OBJECTS = {"pickle", "marshal", "shelve", "dill", "yaml"}
READS_XML = {"xml", "lxml", "defusedxml", "xmltodict"}


@cache
def imported() -> list[tuple[str, str]]:
    """List every module that a module of ours imports."""
    return list(_imported())


def _imported() -> Iterator[tuple[str, str]]:
    for path in modules(TRACKER):
        where = str(path.relative_to(TRACKER))
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Import):
                yield from ((where, one.name) for one in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield where, node.module or ""


@cache
def calls() -> list[tuple[str, str, ast.Call]]:
    """List every call, by the last word of what is called."""
    return [
        (
            str(path.relative_to(TRACKER)),
            getattr(node.func, "attr", getattr(node.func, "id", "")),
            node,
        )
        for path in modules(TRACKER)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
    ]


def of(names: set[str]) -> list[tuple[str, str]]:
    """List imports of these modules or of what is in them."""
    return [
        (where, name)
        for where, name in imported()
        if any(name == one or name.startswith(f"{one}.") for one in names)
    ]


def test_nothing_runs_text_as_code_or_in_a_shell():
    wrong = []
    for where, name, node in calls():
        named = isinstance(node.func, ast.Name)
        if (named and name in RUNS_TEXT) or name in {"render_template_string", "from_string"}:
            wrong.append(f"{where}:{node.lineno} {name}")
        if any(key.arg == "shell" for key in node.keywords) or name in {"system", "popen"}:
            wrong.append(f"{where}:{node.lineno} {name} with a shell")
    assert not wrong
    assert not of(READS_OBJECTS)
    assert {where for where, _ in of({"subprocess"})} == MAY_START_PROGRAMS


def test_no_statement_is_put_together_from_text():
    """What stands in a statement is written here; values are bound, names come from our tables."""
    wrong = []
    for where, name, node in calls():
        if name != "text" or not node.args or not isinstance(node.func, ast.Name):
            continue
        if isinstance(node.args[0], ast.JoinedStr | ast.BinOp) and "migrations" not in where:
            inside = {ast.unparse(one.value) for one in ast.walk(node.args[0])
                      if isinstance(one, ast.FormattedValue)}  # fmt: skip
            if (where, inside) != NUMBERS_IN_TEXT:
                wrong.append(f"{where}:{node.lineno} {sorted(inside)}")
    assert not wrong


def test_nothing_asks_another_server_but_for_mail():
    asks = {(where, name) for where, name in of(OTHERS)}
    assert asks == {("web/login_limits.py", "http.client")}, "its names of answers alone"
    senders = {"services/system/mail_server.py", "web/mail.py"}
    senders |= {f"services/{one}.py" for one in ("people/notices", "people/invitations")}
    senders |= {"services/letters/reminders.py"}  # these know its errors alone
    assert {where for where, _ in of({"smtplib"})} <= senders


def test_nothing_reads_xml():
    assert not of(READS_XML)


def test_secrets_are_drawn_by_the_system():
    drawn = {where for where, _ in of({"random"})}
    assert not [where for where in drawn if not where.startswith(MAY_DRAW)]
    tokens = [
        node for _, name, node in calls() if name in {"token_urlsafe", "token_bytes", "token_hex"}
    ]
    sizes = [
        one.args[0].value for one in tokens if one.args and isinstance(one.args[0], ast.Constant)
    ]
    short = [size for size in sizes if size < 16]
    assert tokens
    assert not short, "128 bits"


def test_no_weak_hash():
    weak = {"md5", "sha1", "md4", "blake2s", "crc32", "adler32"}
    assert not [(where, name) for where, name, _ in calls() if name in weak]


def test_no_expression_is_made_of_what_somebody_typed():
    """An expression that is made at run time escapes what it is made of."""
    wrong = []
    for where, name, node in calls():
        if name in {"compile", "search", "match", "fullmatch", "sub", "split", "findall"}:
            of_re = getattr(getattr(node.func, "value", None), "id", "") == "re"
            made = of_re and node.args and isinstance(node.args[0], ast.JoinedStr)
            if made and "escape" not in ast.unparse(node.args[0]):
                inside = [one.value for one in ast.walk(node.args[0])
                          if isinstance(one, ast.FormattedValue)]  # fmt: skip
                if any(not ast.unparse(one).lstrip("_").isupper() for one in inside):
                    wrong.append(f"{where}:{node.lineno} {ast.unparse(node.args[0])}")
    assert not wrong


def test_templates_escape_everything():
    wrong = [str(p) for p in TEMPLATES if re.search(r"\|\s*safe\b|autoescape false", text(p))]
    assert not wrong


def test_scripts_run_no_text_and_write_no_markup():
    """No text is run, none becomes markup, and no window of somebody else is listened to."""
    runs = re.compile(
        r"\beval\(|new Function\(|document\.write|insertAdjacentHTML|outerHTML\s*=|"
        r"__proto__|window\.(?:on|addEventListener\(\")message"
    )
    sets = re.compile(r"\.innerHTML\s*=[^=]")
    wrong = [str(path) for path in SCRIPTS if runs.search(text(path))]
    markup = {str(p.relative_to(TRACKER / "static")) for p in SCRIPTS if sets.search(text(p))}
    assert SCRIPTS
    assert not wrong
    assert markup == MAY_SET_MARKUP


def test_no_password_runs_out():
    names = " ".join(text(path) for path in modules(TRACKER / "models"))
    assert "password" in names
    assert not re.search(r"password_(?:expires|until|changed_by|valid)", names)
