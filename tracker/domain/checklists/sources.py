"""What the checks at a session ask for by a label, and where each stands in it."""

from datetime import timedelta

from tracker.domain.clinic.labels import KETAMINE, REMS, SPRAVATO, SPRAVATO_EU, LabelSource

# Indyat patient information and LA County DMH policy; the label asks for the same.
FASTING = LabelSource(
    us="Spravato patient information: no food for 2 h, no drink for 30 min before",
    eu=f"{SPRAVATO_EU} 4.2: no food for 2 h, no drink for 30 min before",
)
FOOD_BEFORE_DEVICE = timedelta(hours=2)
DRINK_BEFORE_DEVICE = timedelta(minutes=30)
SPRAYS = LabelSource(
    us="Spravato patient information: nasal steroid or decongestant 1 h before at the latest",
    eu=f"{SPRAVATO_EU} 4.2: nasal steroid or decongestant 1 h before at the latest",
)
SPRAY_BEFORE_DEVICE = timedelta(hours=1)
RIDE = LabelSource(
    us=f"{SPRAVATO}: no driving until the next day, after a restful sleep",
    eu=f"{SPRAVATO_EU} 4.7: no driving until the next day, after a restful sleep",
)
RESPONSIBLE = LabelSource(
    us=f"{KETAMINE}: leaves with a responsible adult",
    eu="ketamine label: leaves with a responsible adult",
)
OXIMETRY = LabelSource(us=f"{REMS}: pulse oximetry at each session")
WATCHED_SIGNS = LabelSource(
    us=f"{KETAMINE}: vital signs watched", eu="ketamine label: vital signs watched"
)
ENROLMENT = LabelSource(
    us=f"{REMS}: enrolled before the first treatment, verified before dispensing"
)
ON_SITE = LabelSource(
    us=f"{REMS}: healthcare provider on site",
    eu=f"{SPRAVATO_EU} 4.2: under the direct supervision of a healthcare professional",
)
PREGNANCY = LabelSource(
    us=f"{SPRAVATO} and {KETAMINE}: avoid in pregnancy",
    eu="labels of ketamine and esketamine: avoid in pregnancy",
)
