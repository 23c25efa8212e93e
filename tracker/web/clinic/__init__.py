"""The settings of the clinic, for its administrators."""
