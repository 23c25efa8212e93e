"""Logs that never carry names, notes or answers: one line each, no values from forms or rows."""

import logging
import re

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_BREAKS = re.compile(r"[\r\n\x00-\x1f\x7f]+")
# What SQLAlchemy appends to its errors: the statement's parameters, which may be clinical.
_PARAMETERS = re.compile(r"\[parameters: .*?\]|\[SQL: .*?\]", re.DOTALL)
# Ids in paths name records, and long words there open accounts; a log needs the kind of page.
# What follows the question mark may be what somebody looked for: a name.
_QUERIES = re.compile(r"(?<=[\w/])\?[^\s\"']+")
# Handlers that others made before us, and that would write an error with all its text.
_OF_OTHERS = ("gunicorn.error", "gunicorn.access")
_IDS = re.compile(r"(?<=/)(?:\d+|[\w.-]{24,})(?=[/\s?]|$)|(?<=[a-z]-)\d+")


class PlainFormatter(logging.Formatter):
    """Formats a record as one line without statement parameters, ids or line breaks."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the line; of an exception only its kind and where it came from are kept."""
        text = record.getMessage()
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            while trace and trace.tb_next:
                trace = trace.tb_next
            where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
            text = f"{text} ({kind.__name__} at {where})"
        record = logging.makeLogRecord({**record.__dict__, "msg": _clean(text), "args": ()})
        record.exc_info = record.exc_text = record.stack_info = None
        return super().format(record)


def _clean(text: str) -> str:
    return _BREAKS.sub(" ", _IDS.sub("N", _QUERIES.sub("", _PARAMETERS.sub("", text))))


def cover(logger: logging.Logger) -> None:
    """Let a logger, and those of the server that runs us, write plain lines alone.

    `tracker serve` sets up the one handler there is; gunicorn and Flask bring their own.
    """
    loggers = (logger, *map(logging.getLogger, _OF_OTHERS))
    for handler in (handler for one in loggers for handler in one.handlers):
        handler.setFormatter(PlainFormatter(FORMAT))


def set_up(level: int = logging.WARNING) -> None:
    """Send logs to the error stream in the plain format."""
    handler = logging.StreamHandler()
    handler.setFormatter(PlainFormatter(FORMAT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a busy moment is no fault
