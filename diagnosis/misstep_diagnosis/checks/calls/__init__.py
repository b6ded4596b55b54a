"""What a call itself tells: how it ended, the form of its answer, its contracts."""
