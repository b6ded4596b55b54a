"""The seam under every SDK: one request of httpx or httpx2 is one call span."""

from misstep.transport.patching import HttpSeam

__all__ = ["HttpSeam"]
