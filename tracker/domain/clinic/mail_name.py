"""What a clinic is called in e-mails, which others than the patient may see."""

import re

NEUTRAL = "your clinic"
# What tells a neighbour, an employer or a child at the table why somebody goes there.
_TELLING = re.compile(
    r"ketamin|spravato|psych|mental|mood|depress|anxi|ptsd|trauma|suicid|addict|recover|pain|migrain"
    r"|infusion|treat|therap|mind|brain|neuro|tms\b",
    re.IGNORECASE,
)


def name_in_mails(chosen: str, clinic_name: str) -> str:
    """Give the name that was chosen; else the clinic's own, unless it tells what is treated."""
    return chosen or (NEUTRAL if _TELLING.search(clinic_name) else clinic_name)


def begin_sentence(name: str) -> str:
    """Write a name as the first word of a sentence."""
    return name[:1].upper() + name[1:]
