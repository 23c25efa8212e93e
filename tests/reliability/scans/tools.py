"""The scanners: where each is installed, how it is run, and what it raised."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.reliability.scans import openapi
from tests.reliability.scans.alerts import Alert, Scan
from tests.reliability.scans.clinic import NUMBER, ROLES, ServedClinic
from tests.rules.checkout import ROOT

RULES = ROOT / ".ci" / "semgrep.yml"
# Each in an environment of its own: their packages shut each other out, and some ours.
PACKAGES = {
    "bandit": "bandit>=1.9,<2",
    "semgrep": "semgrep>=1.100,<2",
    "schemathesis": "schemathesis>=4.32,<5",
    "sqlmap": "sqlmap>=1.10,<2",
    "wapiti": "wapiti3>=3.2,<4",
}
OF_CODE = ("bandit", "semgrep")  # run where the code is; others leave files about
WEIGHT_OF = {
    "LOW": "low", "MEDIUM": "medium", "HIGH": "high",  # bandit
    "INFO": "low", "WARNING": "medium", "ERROR": "high",  # semgrep
    1: "low", 2: "medium", 3: "high", 4: "high",  # wapiti
}  # fmt: skip
WAPITI_MODULES = "sql,xss,permanentxss,file,csrf,http_headers,cookieflags,redirect,exec,timesql"


@dataclass(frozen=True)
class Bench:
    """What a scanner works with: where to install and write, the clinic, and how long it may take.

    `roles` are those that a scanner of pages goes through, `examples` how much one page is sent.
    """

    folder: Path
    clinic: ServedClinic
    roles: tuple[str, ...]
    seconds: int
    examples: int

    def program(self, tool: str) -> Path:
        """Give a scanner's program, installed if it is not there yet."""
        place = self.folder / "environments" / tool
        program = place / "bin" / tool
        if not program.exists():
            subprocess.run([sys.executable, "-m", "venv", place], check=True)
            pip = [place / "bin" / "pip", "install", "-qq", "--disable-pip-version-check"]
            subprocess.run([*pip, PACKAGES[tool]], check=True, timeout=600, capture_output=True)
        return program


def _run(bench: Bench, tool: str, *words: object, seconds: int = 0) -> tuple[int, str]:
    """Run a scanner in a group of its own, and end all of it when its time is over."""
    command = [str(bench.program(tool)), *map(str, words)]
    environ = {name: v for name, v in os.environ.items() if not name.startswith("TRACKER_")}
    environ |= {"HOME": str(bench.folder), "NO_COLOR": "1", "PYTHONWARNINGS": "ignore"}
    place = ROOT if tool in OF_CODE else bench.folder
    started = subprocess.Popen(
        command, cwd=place, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", start_new_session=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        said, _ = started.communicate(timeout=seconds or bench.seconds)
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)
        said, _ = started.communicate()
        return 0, f"{said}\n(ended after its time)"
    return started.returncode, said


def bandit(bench: Bench) -> Scan:
    """Look at our own code by bandit's rules, medium and high."""
    out = bench.folder / "bandit.json"
    out.unlink(missing_ok=True)
    code, said = _run(bench, "bandit", "-q", "-ll", "-r", "-f", "json", "-o", out, "tracker")
    if not out.exists():
        return Scan("bandit", fault=_last(said) or f"ended with {code}")
    found = json.loads(out.read_text())
    alerts = [
        Alert("bandit", one["test_id"], _place(one["filename"]),
              WEIGHT_OF[one["issue_severity"]], f"line {one['line_number']}")
        for one in found["results"]
    ]  # fmt: skip
    return Scan("bandit", f"{found['metrics']['_totals']['loc']:,} lines", alerts=alerts)


def _place(path: str) -> str:
    return Path(path).resolve().relative_to(ROOT).as_posix() if Path(path).is_absolute() else path


def examples() -> dict[str, tuple[str, str]]:
    """Read what each rule of ours must find: its name, the kind of file, and the words."""
    found = {}
    for block in RULES.read_text(encoding="utf-8").split("\n  - id: ")[1:]:
        name = block.partition("\n")[0].strip()
        head = re.search(r"\n    # finds(?: in (\w+))?:((?:\n    #   .*)+)", block)
        if head is None:
            found[name] = ("", "")
            continue
        lines = [line[8:] for line in head.group(2).strip("\n").split("\n")]
        found[name] = (head.group(1) or "py", "\n".join(lines) + "\n")
    return found


def semgrep(bench: Bench) -> Scan:
    """Look at our own code by our own rules; each rule first finds its own example."""
    words = ("scan", "--config", RULES, "--metrics", "off", "--disable-version-check",
             "--disable-nosem", "--no-git-ignore", "--json", "--quiet")  # fmt: skip
    shown, blind = examples(), []
    place = bench.folder / "examples"
    for name, (kind, text) in shown.items():
        folder = place / ("templates" if kind == "html" else "tracker/web") / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"example.{kind or 'py'}").write_text(text, encoding="utf-8")
    code, said = _run(bench, "semgrep", *words, place)
    if (raised := _results(said)) is None:
        return Scan("semgrep", fault=_last(said) or f"ended with {code}")
    for name in shown:
        if not any(r["check_id"].endswith(name) and f"/{name}/" in r["path"] for r in raised):
            blind.append(Alert("semgrep", name, ".ci/semgrep.yml", "high", "finds no example"))
    code, said = _run(bench, "semgrep", *words, "tracker", "templates")
    if (raised := _results(said)) is None:
        return Scan("semgrep", fault=_last(said) or f"ended with {code}")
    alerts = [
        Alert("semgrep", r["check_id"].rpartition(".")[2], _place(r["path"]),
              WEIGHT_OF[r["extra"]["severity"]], f"line {r['start']['line']}")
        for r in raised
    ]  # fmt: skip
    files = len(json.loads(said[said.index("{") :])["paths"]["scanned"])
    return Scan("semgrep", f"{len(shown)} rules, {files} files", alerts=blind + alerts)


def _results(said: str) -> list[dict[str, Any]] | None:
    try:
        found: list[dict[str, Any]] = json.loads(said[said.index("{") :])["results"]
    except ValueError:
        return None
    return found


def schemathesis(bench: Bench) -> Scan:
    """Send each role what fits the forms and what does not: no answer is a crash."""
    scan, asked = Scan("schemathesis"), 0
    bench.clinic.counting.addresses.clear()
    for role in bench.roles:
        bench.clinic.restore()
        made = bench.folder / f"{role}.json"
        described = openapi.describe(bench.clinic.bench, ROLES[role])
        made.write_text(json.dumps(described), encoding="utf-8")
        words: list[object] = [
            "run", made, "--url", bench.clinic.url, "--checks", "not_a_server_error",
            "--max-examples", bench.examples, "--phases", "fuzzing", "--continue-on-failure",
            "--request-timeout", "20", "--suppress-health-check", "all", "--seed", "2026",
            "--generation-database", "none", "--no-color",
        ]  # fmt: skip
        code, said = _run(
            bench, "schemathesis", *words, *_headers(bench, role),
            seconds=bench.seconds // len(bench.roles),
        )  # fmt: skip
        (bench.folder / f"schemathesis-{role}.log").write_text(said, encoding="utf-8")
        answers, crashes = bench.clinic.counting.take()
        asked += answers.total()
        if not answers:
            scan.fault = f"{role}: {_last(said)} ({code})"
        scan.alerts += _crashed("schemathesis", role, crashes)
        scan.alerts += _signed_out(bench, "schemathesis", role)
    scan.words = _words(bench, asked)
    return scan


def _words(bench: Bench, asked: int) -> str:
    there = len(bench.clinic.counting.addresses)
    return f"{asked:,} requests as {len(bench.roles)} roles to {there} addresses"


def _headers(bench: Bench, role: str) -> list[str]:
    given = bench.clinic.headers(role)
    return [word for name, value in given.items() for word in ("-H", f"{name}: {value}")]


def _crashed(tool: str, role: str, crashes: list[str]) -> list[Alert]:
    """Raise one alert for each address that crashed, as our own server counted it."""
    places = Counter(crashes)
    return [
        Alert(tool, "server error", place, "high", f"{count} times as {role}")
        for place, count in places.items()
    ]


def _signed_out(bench: Bench, tool: str, role: str) -> list[Alert]:
    if bench.clinic.is_in(role):
        return []
    return [Alert(tool, "signed out meanwhile", role, "medium", "part of it saw no page")]


def sqlmap(bench: Bench) -> Scan:
    """Try SQL in what is searched, ordered and paged by, and in the cookie."""
    url, scan, tried = bench.clinic.url, Scan("sqlmap"), 0
    bench.clinic.restore()
    for role, path, data in _sql_targets(bench):
        tried += 1
        words = ["-u", f"{url}{path}", "--batch", "--level", "2", "--risk", "1", "--dbms", "sqlite",
                 "--flush-session", "--output-dir", bench.folder / "sqlmap",
                 "--disable-coloring", "--ignore-code", "*"]  # fmt: skip
        words += ["--data", data] if data else []
        given = bench.clinic.headers(role)
        words += ["--cookie", given["Cookie"], "--headers", f"X-CSRFToken: {given['X-CSRFToken']}"]
        _, said = _run(bench, "sqlmap", *words, seconds=bench.seconds // 4)
        (bench.folder / f"sqlmap-{tried}.log").write_text(said, encoding="utf-8")
        if "starting @" not in said:
            scan.fault = _last(said)
        if re.search(r"injection point\(s\)|is vulnerable", said):
            scan.alerts.append(Alert("sqlmap", "injection", path, "high"))
        _, crashes = bench.clinic.counting.take()
        scan.alerts += _crashed("sqlmap", role, crashes)
    scan.words = f"{tried} addresses"
    return scan


def _sql_targets(bench: Bench) -> Iterator[tuple[str, str, str]]:
    live = bench.clinic.bench.scene.patients["ben"]
    yield "clinician", "/patients/?show=all&after=1", ""
    yield "clinician", "/patients/", "q=quill&show=all"
    yield "clinician", f"/patients/{live}/", ""
    yield "administrator", "/audit/?action=patient.viewed&user_id=1&before=9", ""
    yield "nobody", "/sign-in", "email=a%40example.org&password=none"


def wapiti(bench: Bench) -> Scan:
    """Crawl as each role and attack what was found."""
    scan, asked = Scan("wapiti"), 0
    bench.clinic.counting.addresses.clear()
    for role in bench.roles:
        bench.clinic.restore()
        out = bench.folder / f"wapiti-{role}.json"
        out.unlink(missing_ok=True)
        share = bench.seconds // len(bench.roles)
        url = bench.clinic.url
        code, said = _run(
            bench, "wapiti", "-u", f"{url}/", "--scope", "domain", "-x", f"{url}/sign-out",
            "-m", WAPITI_MODULES, "-f", "json", "-o", out, "--max-scan-time", share * 2 // 5,
            "--max-attack-time", max(5, share // 20), "--flush-session", "--no-bugreport",
            "--store-session", bench.folder / "wapiti", "-H",
            f"Cookie: {bench.clinic.headers(role)['Cookie']}", seconds=share + 90,
        )  # fmt: skip
        (bench.folder / f"wapiti-{role}.log").write_text(said, encoding="utf-8")
        answers, crashes = bench.clinic.counting.take()
        asked += answers.total()
        scan.alerts += _crashed("wapiti", role, crashes)
        if out.exists():
            scan.alerts += _of_wapiti(json.loads(out.read_text()))
        else:
            scan.fault = f"{role}: {_last(said)} ({code})"
    scan.words = _words(bench, asked)
    return scan


def _of_wapiti(found: dict[str, Any]) -> list[Alert]:
    raised = {
        Alert("wapiti", kind, NUMBER.sub("/N", one["path"]).partition("?")[0],
              WEIGHT_OF.get(one["level"], "high"), one["info"][:120])
        for group in ("vulnerabilities", "anomalies")
        for kind, many in found[group].items()
        for one in many
    }  # fmt: skip
    return sorted(raised, key=lambda one: (one.rule, one.place))


def _last(said: str) -> str:
    lines = [one.strip() for one in said.splitlines() if one.strip()]
    return lines[-1][:200] if lines else ""


TOOLS: dict[str, Callable[[Bench], Scan]] = {
    "bandit": bandit, "semgrep": semgrep, "schemathesis": schemathesis, "sqlmap": sqlmap,
    "wapiti": wapiti,
}  # fmt: skip


def scan(tool: str, bench: Bench) -> Scan:
    """Run a scanner; one that cannot be installed or run says why."""
    began = time.monotonic()
    try:
        bench.program(tool)
        began = time.monotonic()
        found = TOOLS[tool](bench)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", b"") or b""
        found = Scan(tool, fault=_last(said.decode(errors="replace")) or str(error)[:200])
    found.seconds = time.monotonic() - began
    return found
