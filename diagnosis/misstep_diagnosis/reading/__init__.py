"""Readers of values and texts: numbers, dates, units, tables, sentences and what they deny."""
