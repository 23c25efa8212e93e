"""Today: the clinician's first page."""
