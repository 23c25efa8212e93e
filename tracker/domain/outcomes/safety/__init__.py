"""How safe sessions were: counts by month, figures from them, and whether something has changed."""
