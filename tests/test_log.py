import io
import logging
import re

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tracker import create_app
from tracker.log import FORMAT, PlainFormatter
from tracker.models import db


def logged(write) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(PlainFormatter(FORMAT))
    logger = logging.getLogger("tests.plain")
    logger.handlers[:] = [handler]
    logger.propagate = False
    write(logger)
    return stream.getvalue()


def test_an_exception_is_one_line_without_its_text():
    def write(logger):
        try:
            raise ValueError("Maria Albrecht said\nI am not well")
        except ValueError:
            logger.exception("a page failed")

    line = logged(write)
    assert line.count("\n") == 1
    assert "ValueError at" in line
    assert "Maria" not in line


def test_statement_parameters_and_ids_are_left_out():
    line = logged(
        lambda logger: logger.error(
            "GET /patients/7216/ failed [SQL: INSERT INTO x] [parameters: ('secret note',)]"
        )
    )
    assert "secret" not in line
    assert "7216" not in line


def test_a_line_break_in_a_value_cannot_start_a_line_of_its_own():
    line = logged(lambda logger: logger.warning("user agent %s", "a\r\nERROR forged"))
    assert line.count("\n") == 1


def test_a_link_that_opens_an_account_is_left_out():
    token = "qJ3_x-Yz" * 5
    line = logged(lambda logger: logger.error("Exception on /welcome/%s [POST]", token))
    assert token not in line
    assert "/welcome/N [POST]" in line
    assert "/drafts/record-N [POST]" in logged(
        lambda logger: logger.error("Exception on /drafts/record-72161 [POST]")
    )


@pytest.fixture
def server_log():
    """The log of gunicorn, as its own class sets it up."""
    from gunicorn.config import Config
    from gunicorn.glogging import Logger

    server = Logger(Config())
    stream = io.StringIO()
    for handler in server.error_log.handlers:
        handler.setStream(stream)
    yield server, stream
    for logger in (server.error_log, server.access_log):
        logger.handlers.clear()


def test_what_breaks_off_under_gunicorn_tells_no_row(server_log, app):
    """An export that breaks off while it is sent is told of by the server, not by us."""
    server, stream = server_log
    create_app(settings=app.extensions["settings"])
    try:
        with app.app_context():
            db.session.execute(text("SELECT :note FROM nowhere"), {"note": "Maria said so"})
    except OperationalError:
        server.exception("Error handling request %s", "/exports/?record=Albrecht")
    line = stream.getvalue()
    assert "OperationalError at" in line
    assert line.count("\n") == 1
    assert not {"Maria", "nowhere", "Albrecht"} & set(re.findall(r"\w+", line))


def test_an_error_carries_no_parameters(app):
    with app.app_context(), pytest.raises(OperationalError) as raised:
        db.session.execute(text("SELECT :note FROM nowhere"), {"note": "Maria said so"})
    assert "Maria" not in str(raised.value)


def test_what_somebody_looked_for_is_left_out():
    line = logged(lambda logger: logger.error('"GET /patients/?q=Albrecht HTTP/1.1" 200'))
    assert "Albrecht" not in line
    assert "GET /patients/ HTTP/1.1" in line
