"""Names for the people of the demonstration, put together at random."""

GIVEN_NAMES = (
    "Maria", "Jonas", "Aisha", "Peter", "Lin", "Rosa", "Samuel", "Ingrid", "Mateo", "Zoë", "Omar",
    "Hannah", "Viktor", "Priya", "Daniel", "Chloé", "Tomasz", "Amina", "Erik", "Lucía", "Noah",
    "Mei",
)  # fmt: skip
FAMILY_NAMES = (
    "Albrecht", "Okafor", "Lindqvist", "Moreau", "Tanaka", "Silva", "Novák", "Byrne", "Haddad",
    "Petersen", "Castillo", "Ivanova", "Whitfield", "Nguyen", "Romano", "Kowalski", "Ferreira",
    "O'Neill", "Schmidt", "Rahman",
)  # fmt: skip
ESCORTS = ("Partner", "Sister", "Friend", "Clinic transport", "Father", "Neighbour")
