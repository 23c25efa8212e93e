"""E-mails to patients: what waits for a person in one of them, and the hour at which it leaves."""
