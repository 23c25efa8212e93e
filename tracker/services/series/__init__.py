"""Series: plan, change, end, show; and what must be true before one starts."""
