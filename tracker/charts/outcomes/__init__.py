"""Pictures of outcomes, one file each: draw(prepared) -> Figure."""
