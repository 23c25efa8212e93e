"""The yardstick of tests/benchmarks/pages.py: plain Flask that says hello, in a process of its own.

Run as a program it serves on the port it is given with waitress as it is.
"""

import sys
import time
from pathlib import Path

import waitress
from flask import Flask


def hello_and_measure() -> Flask:
    """Make plain Flask with a page, and with what the measuring process asks a server."""
    app = Flask("bare")

    @app.get("/hello")
    def hello() -> str:
        return "hello"

    @app.get("/bare/measure")
    def measure() -> dict[str, float]:
        status = Path("/proc/self/status").read_text()

        def mib(name: str) -> float:
            return int(status.partition(f"{name}:")[2].split()[0]) / 1024

        # `own` leaves out the pages of files, those of the database above all: the kernel may drop
        # them at any time.
        return {"cpu_s": time.process_time(), "rss_mib": mib("VmRSS"), "own_mib": mib("RssAnon")}

    return app


if __name__ == "__main__":
    waitress.serve(hello_and_measure(), host="127.0.0.1", port=int(sys.argv[1]), _quiet=True)
