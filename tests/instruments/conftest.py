"""A folder of the clinic's own instruments, left again after each test."""

import pytest

from tracker import instruments


@pytest.fixture
def own(tmp_path):
    """Put a file into the clinic's folder and let it be read anew."""
    folder = tmp_path / instruments.OWN
    folder.mkdir()

    def put(name, content):
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)
        instruments.use(folder)

    instruments.use(folder)
    yield put
    instruments.use(None)
