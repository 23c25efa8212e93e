"""Other clinics' files read through a mapping: who, which scores, which session, row by row."""
