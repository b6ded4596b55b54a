"""Runs out of files and into files, of misstep and of other tools."""
