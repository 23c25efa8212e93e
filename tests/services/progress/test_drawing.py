import weakref
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest

from tests.builders import session_logs
from tracker.charts import render
from tracker.services.progress import drawing
from tracker.services.progress import pictures as progress_pictures


def picture(tag, kind="svg", prepare=progress_pictures.example):
    return drawing.Picture(tag, kind, "phone", "dark", prepare)


@pytest.fixture
def drawn(monkeypatch):
    """The tags that were drawn, with a name for a value; ten bytes are kept of what they became."""
    tags = []
    cache = drawing.LRUCache(10, getsizeof=len)
    monkeypatch.setattr(drawing._content, "cache", cache)
    monkeypatch.setattr(drawing, "_draw", lambda made, *_: tags.append(made) or made.encode())
    return tags


def test_kept_pictures_never_grow_past_their_limit(drawn):
    for made in ("a234", "b234", "a234", "c234", "a234", "b234", "x" * 11, "x" * 11):
        content = picture(made, prepare=lambda made=made: made).content()
        assert content == made.encode()
    assert drawn == ["a234", "b234", "c234", "b234", "x" * 11, "x" * 11]


def test_two_who_want_the_same_picture_at_once_wait_for_one_drawing(drawn):
    slow = picture("slow", prepare=lambda: sleep(0.3) or "slow")
    with ThreadPoolExecutor(2) as people:
        asked = [people.submit(slow.content) for _ in range(2)]
    assert ([one.result() for one in asked], drawn) == ([b"slow", b"slow"], ["slow"])


@pytest.mark.parametrize("kind", drawing.KINDS)
@pytest.mark.parametrize("prepare", [progress_pictures.example, session_logs.stopped_infusion])
def test_nothing_is_left_of_a_figure_once_it_is_drawn(monkeypatch, kind, prepare):
    figures = []
    write = getattr(render, kind)
    monkeypatch.setattr(
        render, kind, lambda figure: figures.append(weakref.ref(figure)) or write(figure)
    )
    picture(f"left {kind} {prepare.__name__}", kind, prepare).content()
    assert [figure() for figure in figures] == [None]
