"""Use cases: verbs that say who does them, one transaction each, with its audit line inside."""
