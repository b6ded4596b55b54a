"""Spans on their way into the file: batches, transactions, the inbox."""
