"""Executing a recorded run again: serve, substitute, run live."""
