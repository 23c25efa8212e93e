"""The gallery: every picture of the product, of nobody, with a page that shows them all."""

import re

import pytest
from click.testing import CliRunner

from tracker.cli import main
from tracker.services.demo import gallery


@pytest.fixture
def draw(tmp_path):
    folder = tmp_path / "shown"
    return folder, lambda *words: CliRunner().invoke(
        main, ["chart", "gallery", "--output", str(folder), *words]
    )


def test_it_writes_every_picture_of_a_state_and_says_that_nobody_is_in_it(draw):
    folder, run = draw
    result = run("--state", "none", "--state", "few")
    assert result.exit_code == 0, result.output
    page = (folder / "index.html").read_text(encoding="utf-8")
    named = re.findall(r'src="([^"]+)"', page)
    written = {path.name for path in folder.iterdir()} - {"index.html"}
    assert set(named) == written
    assert f"Written: {len(written)} pictures" in result.output
    assert page.count(gallery.INVENTED) == len(named) + 1
    kinds = {name.partition("-few-")[0] for name in written if "-few-" in name}
    assert kinds >= {"progress", "after-last-dose", "timeline", "outcomes-flow", "outcomes-rates"}
    assert all((folder / name).stat().st_size > 500 for name in written)


def test_what_is_full_is_drawn_in_every_look():
    looks = {one.state: set(one.looks) for one in gallery.pictures(["one", "60"])}
    assert looks["60"] == set(gallery.ALL_LOOKS)
    assert looks["one"] == set(gallery.USUAL)


def test_a_state_that_is_none_is_said(draw):
    _folder, run = draw
    result = run("--state", "thousands")
    assert result.exit_code == 1
    assert "There is no state thousands. Those there are: none, one, few, 60, 10000." in (
        result.output
    )
