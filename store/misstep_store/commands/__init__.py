"""The verbs of the command line that touch a store: one file a verb."""
