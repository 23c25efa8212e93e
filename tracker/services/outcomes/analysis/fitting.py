"""Have a mixed model fitted by a program of its own: bounded in time, and ended with its limit."""

import logging
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from threading import BoundedSemaphore

from tracker.domain.outcomes.analysis.model import FittedModel, ModelInput
from tracker.domain.stored_content import pack, unpack

SECONDS_MAX = 25  # a proxy gives up on a page after a minute
ROOT = Path(__file__).resolve().parents[4]
NEEDED = ("numpy", "scipy", "statsmodels")
MODULE = "tracker.services.outcomes.analysis.mixed"
NOT_INSTALLED, BUSY, TOO_LONG, FAILED = "not installed", "busy", "too long", "failed"
_KEPT = ("PATH", "PYTHONPATH", "SYSTEMROOT", "TMPDIR")  # no key, no address of a database
_one_at_a_time = BoundedSemaphore()
_log = logging.getLogger(__name__)


def is_installed() -> bool:
    """Say whether the libraries are there; none is loaded for that."""
    return all(find_spec(name) is not None for name in NEEDED)


def fit(given: ModelInput) -> FittedModel:
    """Fit a model; `fault` says why there is none."""
    if not is_installed():
        return FittedModel(converged=False, fault=NOT_INSTALLED)
    if not _one_at_a_time.acquire(timeout=1):
        return FittedModel(converged=False, fault=BUSY)
    try:
        return _run(given)
    finally:
        _one_at_a_time.release()


def _run(given: ModelInput) -> FittedModel:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - our own module, by the Python that runs us
            [sys.executable, "-m", MODULE],
            input=pack(given),
            capture_output=True,
            check=False,
            timeout=SECONDS_MAX,
            cwd=ROOT,
            env=kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        return FittedModel(converged=False, fault=TOO_LONG)
    if done.returncode:
        # What it says may hold numbers of people: only that it failed is told.
        _log.error("the program that fits models ended with %s", done.returncode)
        return FittedModel(converged=False, fault=FAILED)
    return unpack(done.stdout, FittedModel)
