"""What the pipeline is worth: its word beside that of people, as figures with the bounds in which they lie."""
