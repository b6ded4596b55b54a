"""Frameworks whose steps neither plain OpenTelemetry nor the HTTP seam can see.

Each module imports its framework and is imported by nobody but you:
``from misstep.bridges import langchain``. Model calls are still recorded at the HTTP seam; a bridge
tells which step they were made in, and records what a model said that is not reached over HTTP.
"""
