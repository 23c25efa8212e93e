"""The patient's side: how I am doing, what comes next, and a copy of everything."""
