"""What a page is about, as its address carries it."""
