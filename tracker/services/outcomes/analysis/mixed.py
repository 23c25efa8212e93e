"""Fit a mixed model: a program by itself, so that its libraries are never part of the server.

Reads a ModelInput from its input, and writes a FittedModel. Run by `fitting`.
"""

import sys
import warnings
from typing import Any

from tracker.domain.outcomes.analysis.model import TIME_PLACE, FittedModel, ModelInput
from tracker.domain.stored_content import pack, unpack


def fit(given: ModelInput) -> FittedModel:
    """Fit with the library; what it could not do is said in `fault`."""
    import numpy as np
    from statsmodels.regression.mixed_linear_model import MixedLM

    columns, people = np.asarray(given.columns), np.asarray(given.people)
    varies = columns[:, [0, TIME_PLACE]] if given.own_slope else columns[:, [0]]
    model = MixedLM(np.asarray(given.scores), columns, people, exog_re=varies)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whether it converged is told by itself
        try:
            found = model.fit(reml=given.reml)
            errors = _errors(found, columns, varies, people)
        except (np.linalg.LinAlgError, ValueError) as error:
            return FittedModel(converged=False, fault=type(error).__name__)
    values, random = np.asarray(found.fe_params), np.asarray(found.cov_re)
    if not (np.isfinite(values).all() and np.isfinite(errors).all()):
        return FittedModel(converged=False, fault="not finite")
    return FittedModel(
        converged=bool(found.converged),
        values=tuple(map(float, values)),
        errors=tuple(map(float, errors)),
        random=tuple(tuple(map(float, line)) for line in random),
        residual=float(found.scale),
    )


def _errors(found: Any, columns: Any, varies: Any, people: Any) -> Any:
    """Give the standard errors with the variances taken as they were found.

    So do R's lme4 and nlme, with which published models are fitted; the library's own let the
    variances move, too.
    """
    import numpy as np

    information = np.zeros((columns.shape[1], columns.shape[1]))
    order = np.argsort(people, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(people[order])) + 1):
        own, theirs = columns[rows], varies[rows]
        spread = found.scale * np.eye(len(own)) + theirs @ np.asarray(found.cov_re) @ theirs.T
        information += own.T @ np.linalg.solve(spread, own)
    return np.sqrt(np.diag(np.linalg.inv(information)))


def main() -> None:
    """Read, fit, write."""
    given = unpack(sys.stdin.buffer.read(), ModelInput)
    sys.stdout.buffer.write(pack(fit(given)))


if __name__ == "__main__":
    main()
