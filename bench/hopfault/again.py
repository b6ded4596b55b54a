"""What executes HopFault's pipelines again: the shapes by name, and the SDKs loaded whole.

Both SDKs load most of their modules and the certificates at the first request; loaded here, they are
there in every execution that is forked from this process.
"""

from __future__ import annotations

import anthropic.resources.messages
import httpcore2
import openai.resources.chat
from bench.hopfault import steps
from bench.hopfault.shapes import SHAPES

LOADED = (anthropic.resources.messages, httpcore2, openai.resources.chat)
CLIENTS = (steps.clients.openai.chat.completions, steps.clients.anthropic.messages)

globals().update({shape.name: shape.pipeline for shape in SHAPES})
