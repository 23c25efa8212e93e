"""Check that a server answers: fetch.py ADDRESS, and the stylesheet of the checkout to compare."""

import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

PATIENCE_SECONDS = 60


def get(url: str) -> bytes:
    """Fetch a page; raise what urllib raises when it is not a 200."""
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own server
        return bytes(answer.read())


def wait_for(url: str) -> None:
    """Ask until the server answers, or raise its last refusal once patience ends."""
    last = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            get(url)
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > last:
                raise
            time.sleep(0.2)
        else:
            return


def main(address: str, stylesheet: str) -> None:
    """Fetch the health page, the sign-in page and the stylesheet, and compare the last."""
    wait_for(f"{address}/healthz")
    page = get(f"{address}/sign-in")
    if b"<form" not in page:
        sys.exit("/sign-in answered, but with no form in it")
    if get(f"{address}/static/layouts/site.css") != Path(stylesheet).read_bytes():
        sys.exit("/static/layouts/site.css is not the one of the checkout")
    sys.stdout.write("/healthz, /sign-in and /static/layouts/site.css: 200, as in the checkout\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
