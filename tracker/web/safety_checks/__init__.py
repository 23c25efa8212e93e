"""Pages of the checks that recur in long use."""
