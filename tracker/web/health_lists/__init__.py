"""Pages of a patient's allergies and current medicines."""
