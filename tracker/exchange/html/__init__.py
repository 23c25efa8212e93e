"""HTML files: whole by themselves, with no script and nothing from outside."""
