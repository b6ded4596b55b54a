"""One speaker tells of some scenes: ``python run.py SPEAKER SCENES …`` (see ``variants.toml``)."""

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "programs"))

import framework_speakers
import speakers
from common import attempt


def main():
    name = sys.argv[1]
    module = speakers if hasattr(speakers, name) else framework_speakers
    speaker = getattr(module, name)()
    for name in sys.argv[2:]:
        for scene in importlib.import_module(name).SCENES:
            attempt(scene, speaker)
    speaker.finish()


main()
