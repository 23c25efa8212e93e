"""The yardstick of tests/benchmarks/pages.py: plain Flask that says hello, in a process of its own.

Run as a program it serves on a free port with waitress as it is, and prints that port.
"""

import json
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
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return {"cpu_s": time.process_time(), "rss_mib": pages * 4096 / 2**20}

    return app


if __name__ == "__main__":
    server = waitress.create_server(hello_and_measure(), host="127.0.0.1", port=0)
    print(json.dumps({"port": server.effective_port}), flush=True)
    server.run()
