"""What the whole run tells: marks, exceptions, and what good runs did otherwise."""
