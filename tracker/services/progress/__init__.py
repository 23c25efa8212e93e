"""One patient's course: loaded, prepared, and drawn when a picture is asked for."""
