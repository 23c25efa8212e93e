"""Read and verify the audit log; `unit_of_work` writes it."""
