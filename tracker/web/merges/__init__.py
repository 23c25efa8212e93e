"""Merge two records of one person: find the other one, compare, merge, take apart."""
