"""A pytest plugin for .ci/run: where a browser and a server must be there, skipping is failing.

Load it with `-p tests.no_skips`. Elsewhere a machine without Chromium may skip its tests.
"""

import pytest

NEEDED = ("browser", "node", "postgres", "proxy")


class NoSkips:
    """Remembers what was skipped although this machine was set up for it."""

    def __init__(self):
        self.skipped = []

    def pytest_runtest_logreport(self, report):
        needed = any(marker in report.keywords for marker in NEEDED)
        if needed and report.skipped and not hasattr(report, "wasxfail"):
            self.skipped.append(f"{report.nodeid}: {_reason(report)}")

    def pytest_collectreport(self, report):
        # A module that skips itself tells no markers, so it cannot be told apart from a needed one.
        if report.skipped:
            self.skipped.append(f"{report.nodeid}: {_reason(report)} (mark the tests instead)")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        if self.skipped and not hasattr(session.config, "workerinput"):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        if self.skipped:
            terminalreporter.section("skipped, but must run here", red=True)
            for line in self.skipped:
                terminalreporter.line(line)


def _reason(report):
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)


def pytest_configure(config):
    config.pluginmanager.register(NoSkips(), "no-skips")
