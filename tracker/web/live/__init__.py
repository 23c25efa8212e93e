"""The live session: what is written at the chair while somebody is treated."""
