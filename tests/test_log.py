import io
import logging

from tracker.log import FORMAT, PlainFormatter


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
