"""Pages about a session that is not recorded here: move it, set it aside, follow it up."""
