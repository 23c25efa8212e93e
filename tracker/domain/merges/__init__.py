"""Two records of one person: what speaks against merging them, and how their series are counted."""
