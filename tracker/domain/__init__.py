"""What the tracker knows, in plain Python: no web, no database, no drawing, no clock, no files."""
