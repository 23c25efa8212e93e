"""Pictures of what became of many courses: a module a picture, each `draw(prepared) -> Figure`."""
