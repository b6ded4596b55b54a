"""Looking after a file: what is damaged, what is too old."""
