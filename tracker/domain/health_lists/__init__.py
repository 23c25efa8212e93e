"""A patient's allergies and current medicines: what is typed, and what stands."""
