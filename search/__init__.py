"""How things are found again."""
