import gc

from tracker.services.progress import drawing
from tracker.services.progress import pictures as progress_pictures


def test_kept_pictures_never_grow_past_their_limit():
    kept = drawing.Kept(size_max=10)
    kept.keep("a", b"1234")
    kept.keep("b", b"1234")
    assert kept.find("a") == b"1234"
    kept.keep("c", b"1234")
    assert (kept.find("a"), kept.find("b"), kept.find("c")) == (b"1234", None, b"1234")
    kept.keep("d", b"x" * 11)
    assert [kept.find(name) for name in "abcd"] == [None] * 4


def test_keeping_the_same_picture_twice_counts_it_once():
    kept = drawing.Kept(size_max=10)
    for _ in range(5):
        kept.keep("a", b"123456")
    assert kept.find("a") == b"123456"


def test_drawing_leaves_the_collector_of_garbage_as_it_was():
    trend = progress_pictures.example()
    for leave in (gc.disable, gc.enable):
        leave()
        collecting = gc.isenabled()
        drawing.Picture(f"collector {collecting}", "svg", "phone", "dark", lambda: trend).content()
        assert gc.isenabled() == collecting
