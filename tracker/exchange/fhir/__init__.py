"""Health records in FHIR R4, as plain JSON."""
