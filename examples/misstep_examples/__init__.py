"""Bundled pipelines and the local model provider they call."""
