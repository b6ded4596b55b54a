"""What a store is asked and what it answers, wherever it is."""
