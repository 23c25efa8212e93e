"""Requests that never come whole: the short form of `tests.reliability.slow_clients`."""

import threading
from contextlib import ExitStack, closing

from tests.cli.proxies import free_port
from tests.reliability import slow_clients
from tracker import listening


def test_whoever_sends_half_a_form_holds_nobody_up(app, cast):
    port = free_port()
    server = listening.listen(app, host="127.0.0.1", port=port, threads=2)
    threading.Thread(target=server.run, daemon=True).start()
    with ExitStack() as stack:
        stack.callback(server.close)
        for _ in range(slow_clients.SLOW):
            stack.enter_context(closing(slow_clients.send_half(port, "/sign-in")))
        waits = [slow_clients.wait_for_answer(port, "/healthz") for _ in range(3)]
    assert max(waits) < slow_clients.OTHERS_WITHIN_SECONDS
