"""Checks that recur in long use: record a result, void one, say what is due."""
