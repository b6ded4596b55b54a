"""Choices: against the conditions, levels and limits that the input tells."""
