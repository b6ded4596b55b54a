"""Many spans as columns: what they are, hold and say, and what was found of them."""
