"""How the drugs come: nasal esketamine in devices of a fixed dose, all else by the amount."""

from tracker.domain.codes import Drug, Route

NASAL_ESKETAMINE = (Drug.ESKETAMINE, Route.NASAL)
DEVICE_MG = 28  # in a device of nasal esketamine: two sprays


def is_nasal_esketamine(drug: Drug | str | None, route: Route | str | None) -> bool:
    """Say whether a drug by a route is given in devices: its dose is fixed, whatever the weight."""
    return (drug, route) == NASAL_ESKETAMINE
