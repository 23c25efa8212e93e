"""What a browser keeps for a lost connection, and what a page loads."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

import tracker
from tracker.web.addresses import plain_name

STATIC = Path(tracker.__file__).parent / "static"
IMPORTED = re.compile(r'(?:from |import\()"(\.[\w./-]+\.js)"')
SHOWN = re.compile(r'new URL\("(\.[^"]+)", import\.meta\.url')  # a picture that a script puts in
HOOK = re.compile(r'"(\[data-[\w-]+\]|body\[data-idle-minutes\])": "(\.[\w./-]+\.js)"')
PAGE = "layouts/page.js"


def kept(worker: str, part: str) -> set[str]:
    """List the files that the worker keeps for a part: "chair" or "patient"."""
    lists = "".join(
        re.search(rf"const {name} = \[(.*?)\];", worker, re.DOTALL).group(1)
        for name in ("SHARED", part.upper())
    )
    return {f"/static/{name}" for name in re.findall(r'"([^"]+)"', lists)}


def needed(page: str) -> set[str]:
    """List every file that the page loads, and every one that those load."""
    found = set(re.findall(r'(?:src|href)="([^"]+\.(?:js|css|svg))"', page))
    names = {plain_name(path.removeprefix("/static/")) for path in found}
    todo = {*names, *hooked(page)}
    while todo:
        name = todo.pop()
        names.add(name)
        if name.endswith(".js") and name != PAGE:  # what page.js loads depends on the page
            script = (STATIC / name).read_text()
            imported = IMPORTED.findall(script) + SHOWN.findall(script)
            todo |= {beside(name, other) for other in imported} - names
    return {f"/static/{name}" for name in names}


def beside(name: str, other: str) -> str:
    """Find what a module means by `./other.js` or `../folder/other.js`."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), other))


def hooked(page: str) -> Iterator[str]:
    """List what page.js loads for what stands in the page; the time-out starts with the shell."""
    text = (STATIC / PAGE).read_text()
    for name in re.findall(r'^import .*"(\.[\w./-]+\.js)"', text, re.MULTILINE):
        yield beside(PAGE, name)
    for hook, name in HOOK.findall(text):
        if re.search(rf"{re.escape(hook.strip('[]'))}[\s=>]", page):
            yield beside(PAGE, name)
