"""What official documents about the drugs are called, with the revision that was compared."""

# DailyMed, set d81a6a79-a74a-44b7-822c-0dfa3036eaed, version 18.
SPRAVATO = "Spravato US label (effective 13 Mar 2026)"
# DailyMed, set f8b01c77-620d-4734-a771-b8524b65bcca.
KETAMINE = "ketamine US label (revised Feb 2024)"
# FDA's page of the programme: respiratory depression and pulse oximetry were added that day.
REMS = "Spravato REMS (updated 31 Dec 2024)"
