"""Guide pages: found by name, turned from Markdown into HTML once."""

from functools import cache
from pathlib import Path

from msgspec import Struct

from tracker.domain.problems import NotFoundError

FOLDER = Path(__file__).resolve().parents[2] / "guide"


class GuidePage(Struct, frozen=True):
    """A page: its title, and the HTML of the rest, which templates put in as it is."""

    title: str
    html: str

    def __html__(self) -> str:
        """Tell templates that this is HTML already: our own text, and cleaned all the same."""
        return self.html


@cache
def names() -> frozenset[str]:
    """List the pages there are; a name from an address is looked up here and never in the files."""
    return frozenset(path.stem for path in FOLDER.glob("*.md"))


@cache
def page(name: str) -> GuidePage:
    """Read a page. The first line of its file is `# ` and the title."""
    # Only the guide needs these two; the server starts without them.
    import markdown
    import nh3

    if name not in names():
        raise NotFoundError
    heading, _, body = (FOLDER / f"{name}.md").read_text(encoding="utf-8").partition("\n")
    made = markdown.markdown(body, output_format="html")
    # Links between our pages are no strangers: they need no rel="noopener".
    return GuidePage(heading.removeprefix("# ").strip(), nh3.clean(made, link_rel=None))
