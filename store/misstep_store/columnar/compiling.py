"""``@compiled``: numba without the interpreter lock, its machine code kept between processes.

numba's own cache looks at the file of a function alone and would keep code that inlined something
changed since in another file. So the folder is named by a hash of all sources here.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import platformdirs


def _folder() -> Path | None:
    """Where machine code is kept; None where nothing can be written."""
    told = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        told.update(source.read_bytes())
    home = Path(platformdirs.user_cache_dir("misstep"))
    folder = home / f"compiled-{told.hexdigest()[:16]}"
    try:
        fresh = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        if fresh:
            for other in home.glob("compiled-*"):
                if other != folder:
                    shutil.rmtree(other, ignore_errors=True)
    except OSError:
        return None
    return folder


_FOLDER = _folder()


def compiled(
    *signature: Any, inline: str = "never", allocates: bool = False
) -> Callable[[Callable[..., Any]], Any]:
    """The decorator; with a signature the function is compiled at once, else at its first call.

    Args:
        allocates: that it makes arrays. What does not is compiled without counting references to the
            arrays it is given, which would take a quarter of the walker's time.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        config: Any = numba.config
        njit: Any = numba.njit
        before = config.CACHE_DIR
        if _FOLDER is not None:
            config.CACHE_DIR = str(_FOLDER)
        try:
            kept = _FOLDER is not None
            make = njit(*signature, nogil=True, cache=kept, inline=inline, _nrt=allocates)
            return make(function)
        finally:
            config.CACHE_DIR = before

    return decorate
