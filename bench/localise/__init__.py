"""Finding the first wrong step in public agent logs: Who&When and TRAIL."""
