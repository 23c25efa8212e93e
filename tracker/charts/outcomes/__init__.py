"""Pictures of what became of the courses of a clinic: one file each, `draw(prepared) -> Figure`."""
