"""The ``misstep`` command: verbs are found through the entry points ``misstep.commands``."""

from misstep.command.main import main

__all__ = ["main"]
