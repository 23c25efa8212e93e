"""A patient's allergies and current medicines: enter one, end one, say what stands."""
