"""Change the code of one noun in many small ways, and say which changes no test notices.

NOUN is a package or a module below tracker/, as services/sessions; without a folder it is one of
the domain. Each change is made alone, in a copy of the checkout, and the tests that mirror the noun
run against it. What lives is a rule without a test, or a change that means the same: look at each.
The NOUN `guards` removes each guard of access instead, as `tests.reliability.guards` says.
"""

import argparse
import ast
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("tracker", "templates", "tests", "pyproject.toml")
COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
REPLACED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
# Annotations say nothing at run time, and Python 3.11 does not know where a part of an f-string is.
PASSED_OVER = ("annotation", "returns", "decorator_list", "type_params")


@dataclass(frozen=True)
class Mutant:
    """One change: what stands at a place in a file, and what stands there instead."""

    path: Path
    node: ast.AST
    instead: str

    def __str__(self) -> str:
        """Say where, and what was changed."""
        before = ast.unparse(self.node).partition("\n")[0]
        return f"{self.path}:{self.node.lineno}  {before}  ->  {self.instead}"

    def source(self, original: bytes) -> bytes:
        """Write the changed file."""
        lines, node = original.splitlines(keepends=True), self.node
        start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
        end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
        # In brackets, which a statement cannot have and any part of an expression may.
        instead = f"({self.instead})" if isinstance(node, ast.expr) else self.instead
        return original[:start] + instead.encode() + original[end:]


def mutants(path: Path) -> Iterator[Mutant]:
    """List every change that could be made to a file of the checkout."""
    for node in _nodes(ast.parse((ROOT / path).read_bytes())):
        for instead in _changes(node):
            yield Mutant(path, node, instead)


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    yield tree
    for name, value in ast.iter_fields(tree):
        if name in PASSED_OVER:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr):
                yield from _nodes(child)


def _changes(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Compare(ops=[operator]):
            for other in COMPARED[type(operator)]:
                yield ast.unparse(ast.Compare(node.left, [other()], node.comparators))
        case ast.BoolOp(values=values):
            yield ast.unparse(ast.BoolOp(REPLACED[type(node.op)](), values))
        case ast.BinOp(left=left, right=right) if type(node.op) in REPLACED:
            yield ast.unparse(ast.BinOp(left, REPLACED[type(node.op)](), right))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield ast.unparse(operand)
        case ast.IfExp(body=body, orelse=orelse):
            yield from (ast.unparse(body), ast.unparse(orelse))
        case _:
            yield from _other_changes(node)


def _other_changes(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Constant(value=bool(value)):
            yield str(not value)
        case ast.Constant(value=int(value)):
            yield from (str(value + 1), str(value - 1))
        case ast.Return(value=value) if value and ast.unparse(value) != "None":
            yield "return None"
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise():
            yield "pass"
        case ast.Continue():
            yield "break"


def modules(noun: str) -> list[Path]:
    """Find the modules of a noun, as paths from the top of the checkout."""
    plain = noun.strip("/").removeprefix("tracker/").removesuffix(".py")
    for place in (ROOT / "tracker" / plain, ROOT / "tracker" / "domain" / plain):
        if place.is_dir():
            return sorted(path.relative_to(ROOT) for path in place.rglob("*.py"))
        if place.with_suffix(".py").is_file():
            return [place.with_suffix(".py").relative_to(ROOT)]
    raise SystemExit(f"There is no tracker/{plain} and no tracker/domain/{plain}.")


def mirrors(changed: list[Path]) -> list[str]:
    """Find the tests that mirror some modules: a folder of the same name, or files."""
    found = set()
    for module in changed:
        beside = Path("tests", *module.parts[1:-1])
        names = {beside / f"test_{module.stem}.py", beside / module.stem}
        # A package is tested as a whole; what lies flat in a layer, by the file of its name.
        names |= {beside} if len(module.parts) > 3 else set()
        found |= {str(name) for name in names if (ROOT / name).exists()}
    return sorted(found)


class Copies:
    """Copies of the checkout, one for each run that goes on at the same time."""

    def __init__(self, folder: Path, jobs: int, tests: list[str]) -> None:
        self._tests, self._free, self._stamps = tests, SimpleQueue(), count(1)
        for number in range(jobs):
            copy = folder / str(number)
            copy.mkdir()
            for name in COPIED:
                if (ROOT / name).is_dir():
                    skip = shutil.ignore_patterns("__pycache__")
                    shutil.copytree(ROOT / name, copy / name, ignore=skip)
                else:
                    shutil.copy(ROOT / name, copy / name)
            self._free.put(copy)

    def run(self, mutant: Mutant | None, timeout: float | None) -> str:
        """Run the tests against a mutant, or against nothing changed: lived, died or timed out."""
        copy = self._free.get()
        try:
            if mutant is None:
                return self._test(copy, timeout)
            path = copy / mutant.path
            original = path.read_bytes()
            self._write(path, mutant.source(original))
            try:
                return self._test(copy, timeout)
            finally:
                self._write(path, original)
        finally:
            self._free.put(copy)

    def _write(self, path: Path, source: bytes) -> None:
        path.write_bytes(source)
        # Compiled modules are told apart by size and second: each gets a second of its own.
        stamp = next(self._stamps)
        os.utime(path, (stamp, stamp))

    def _test(self, copy: Path, timeout: float | None) -> str:
        kept = {n: v for n, v in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
        environ = kept | {"PYTHONPATH": str(copy), "PYTHONPYCACHEPREFIX": ""}
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", *self._tests]
        process = subprocess.Popen(
            command, cwd=copy, env=environ, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            return "lived" if process.wait(timeout) == 0 else "died"
        except subprocess.TimeoutExpired:
            return "timed out"
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def main(arguments: list[str] | None = None) -> int:
    """Make the mutants, run the tests against each and print those that lived."""
    asked = _parser().parse_args(arguments)
    if asked.noun == "guards":
        from tests.reliability import guards

        return guards.main([])
    changed = modules(asked.noun)
    tests = asked.tests or mirrors(changed)
    if not tests:
        raise SystemExit("No tests mirror it; name some with --tests.")
    every = [mutant for path in changed for mutant in mutants(path)]
    chosen = random.Random(asked.seed).sample(every, min(asked.count, len(every)))
    print(f"{len(chosen)} of {len(every)} mutants against {' '.join(tests)}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as name:
        copies = Copies(Path(name), asked.jobs, tests)
        began = time.monotonic()
        if copies.run(None, None) != "lived":
            raise SystemExit("The tests fail before anything is changed.")
        timeout = asked.timeout or 3 * asked.jobs * (time.monotonic() - began) + 10
        with ThreadPoolExecutor(asked.jobs) as pool:
            fates = list(_progress(pool.map(lambda one: copies.run(one, timeout), chosen)))
    for mutant, fate in sorted(zip(chosen, fates, strict=True), key=lambda pair: str(pair[0])):
        if fate == "lived":
            print(f"lived  {mutant}")
    print(", ".join(f"{fates.count(fate)} {fate}" for fate in ("died", "timed out", "lived")))
    return 0


def _progress(fates: Iterator[str]) -> Iterator[str]:
    for fate in fates:
        print({"died": ".", "lived": "L"}.get(fate, "T"), end="", file=sys.stderr, flush=True)
        yield fate
    print(file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("noun", metavar="NOUN", help="a package or module, as domain/sessions")
    parser.add_argument("--count", type=int, default=50, help="how many changes (50)")
    parser.add_argument("--seed", type=int, default=1, help="draws other changes (1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="runs at once")
    parser.add_argument("--timeout", type=float, help="seconds for a run (three times the first)")
    parser.add_argument(
        "--tests", nargs="+", metavar="PATH", help="instead of those that mirror it"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
