"""The controlled-drug ledger: lots, movements, counts, and the file for an inspector."""
