"""Decoded spans and log records, and OTLP in both its encodings."""
