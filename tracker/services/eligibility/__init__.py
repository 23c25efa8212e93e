"""Assessments before treatment: start one, save it, let a clinician decide and sign."""
