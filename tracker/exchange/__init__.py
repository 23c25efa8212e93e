"""Files in and out: columns declared once, CSV, and the mapping of other people's files."""
