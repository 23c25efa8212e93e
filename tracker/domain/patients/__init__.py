"""Who is treated: the draft somebody types, and the record that is stored."""
