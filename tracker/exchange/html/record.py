"""A patient's whole record as one page: it opens on a phone, prints, and needs nothing else.

Written piece by piece: no more than one entry is held, however long the record is.
"""

from collections.abc import Iterable, Iterator
from html import escape

from msgspec import Struct

# Plain enough for any browser and mail program: what is here is read for years.
STYLE = """
:root{color-scheme:light dark;--ink:#1b2733;--soft:#51606e;--line:#d5dce2;--paper:#fff;
--room:#f4f6f8;--link:#0b5c8a}
@media (prefers-color-scheme:dark){:root{--ink:#e7ecf0;--soft:#b3bfca;--line:#3c4956;
--paper:#1a222a;--room:#11171d;--link:#8ccbf2}}
*{box-sizing:border-box}
body{margin:0;background:var(--room);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;
overflow-wrap:anywhere}
main,header,footer{max-width:56rem;margin:0 auto;padding:1rem}
h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0}
h2{font-size:1.3rem;margin:0 0 .5rem}
h3{font-size:1.05rem;margin:0 0 .4rem}
h4{font-size:1rem;margin:.8rem 0 .3rem}
a{color:var(--link)}
nav ul{padding:0;margin:0 0 1rem;list-style:none;columns:14rem}
nav a{display:inline-block;padding:.35rem 0}
section{background:var(--paper);border:1px solid var(--line);border-radius:.5rem;padding:1rem;
margin:0 0 1rem}
article{border-top:1px solid var(--line);padding:.8rem 0}
dl{margin:0;display:grid;grid-template-columns:1fr;gap:.1rem .8rem}
dt{color:var(--soft)}
dd{margin:0 0 .3rem;white-space:pre-line}
ul.lines{margin:.3rem 0;padding-left:1.2rem}
.struck h3{text-decoration:line-through}
.earlier{border-left:3px solid var(--line);padding:.1rem 0 .1rem .8rem;margin:.8rem 0}
.soft{color:var(--soft)}
.picture{background:#fff;border-radius:.5rem;padding:.5rem}
.picture svg{width:100%;max-width:34rem;height:auto;display:block;margin:0 auto}
@media (min-width:40rem){dl{grid-template-columns:minmax(10rem,16rem) 1fr}dd{margin:0}}
@media print{:root{color-scheme:light;--ink:#000;--soft:#333;--line:#999;--paper:#fff;--room:#fff;
--link:#000}body{font-size:10pt}nav{display:none}section{border:0;padding:0}
article{break-inside:avoid-page}}
"""


class RecordItem(Struct, frozen=True, kw_only=True):
    """One thing in the record: facts as (label, text), what was noted line by line, what it was.

    An empty text was not recorded and is left out. `is_struck` stands no more. `earlier` are its
    versions before it was changed.
    """

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    lines_title: str = ""
    lines: tuple[str, ...] = ()
    is_struck: bool = False
    earlier: tuple["RecordItem", ...] = ()


class RecordSection(Struct, frozen=True, kw_only=True):
    """One part of the record. `picture` is an SVG, described by `picture_text`."""

    title: str
    intro: str
    items: Iterable[RecordItem]
    picture: str = ""
    picture_text: str = ""


def write(
    *,
    name: str,
    clinic: str,
    made: str,
    intro: Iterable[str],
    sections: Iterable[RecordSection],
    titles: Iterable[str],
) -> Iterator[str]:
    """Write the page of whom `name` names, in pieces; `made` says when it was put together.

    `titles` are those of the sections, which come one by one.
    """  # fmt: skip
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>Record of {escape(name)}</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<header>\n"
        f"<h1>Everything {escape(clinic)} holds about {escape(name)}</h1>\n"
        f'<p class="soft">Put together on {escape(made)}.</p>\n'
    )
    for text in intro:
        yield f"<p>{escape(text)}</p>\n"
    yield '</header>\n<main>\n<nav aria-label="What is in it">\n<ul>\n'
    for number, title in enumerate(titles, start=1):
        yield f'<li><a href="#part-{number}">{escape(title)}</a></li>\n'
    yield "</ul>\n</nav>\n"
    for number, section in enumerate(sections, start=1):
        yield from _section(number, section)
    yield "</main>\n<footer><p>End of the record.</p></footer>\n</body>\n</html>\n"


def _section(number: int, section: RecordSection) -> Iterator[str]:
    yield f'<section aria-labelledby="part-{number}">\n'
    yield f'<h2 id="part-{number}">{escape(section.title)}</h2>\n'
    yield f'<p class="soft">{escape(section.intro)}</p>\n'
    if section.picture:
        text = escape(section.picture_text)
        yield f'<div class="picture" role="img" aria-label="{text}">\n{section.picture}\n</div>\n'
        yield f"<p>{text}</p>\n"
    count = 0
    for item in section.items:
        count += 1
        yield from _item(item)
    if not count and not section.picture:
        yield "<p>Nothing is recorded here.</p>\n"
    yield "</section>\n"


def _item(item: RecordItem) -> Iterator[str]:
    yield f"<article{' class=struck' if item.is_struck else ''}>\n<h3>{escape(item.title)}</h3>\n"
    yield from _content(item)
    for version in item.earlier:
        yield f'<div class="earlier">\n<h4>{escape(version.title)}</h4>\n'
        yield from _content(version)
        yield "</div>\n"
    yield "</article>\n"


def _content(item: RecordItem) -> Iterator[str]:
    told = [(label, text) for label, text in item.facts if text.strip()]
    if told:
        yield "<dl>\n"
        yield from (f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>\n" for label, text in told)
        yield "</dl>\n"
    if item.lines:
        yield f"<h4>{escape(item.lines_title)}</h4>\n" if item.lines_title else ""
        yield '<ul class="lines">\n'
        yield from (f"<li>{escape(line)}</li>\n" for line in item.lines)
        yield "</ul>\n"
