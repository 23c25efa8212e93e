"""The controlled-drug ledger: lots, movements, and the one place that adds them up."""
