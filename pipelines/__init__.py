"""What posts mean: spaCy components, one file each."""
