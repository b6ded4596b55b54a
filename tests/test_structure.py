"""What the modules of the packages may import of each other."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

_HOME = Path(__file__).parents[1]
_PACKAGES = {
    "misstep": "tracer",
    "misstep_diagnosis": "diagnosis",
    "misstep_store": "store",
    "misstep_ui": "ui",
    "misstep_examples": "examples",
}


@pytest.mark.parametrize("package", _PACKAGES)
def test_no_two_modules_import_each_other_not_even_for_their_types(package: str) -> None:
    modules = _modules(_HOME / _PACKAGES[package])
    imports = {name: _imported(name, path, modules) for name, path in modules.items()}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail("these import each other: " + " <- ".join(error.args[1]))


def test_an_import_is_seen_wherever_it_stands(tmp_path: Path) -> None:
    for name, text in {
        "room/__init__.py": "",
        "room/above.py": "if TYPE_CHECKING:\n    from .below import Thing",
        "room/below.py": "def late():\n    import room.above",
        "room/beside.py": "from room import above, below\nfrom room.below import late as below",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    modules = _modules(tmp_path)
    assert {name: _imported(name, path, modules) for name, path in modules.items()} == {
        "room": set(),
        "room.above": {"room.below"},
        "room.below": {"room.above"},
        "room.beside": {"room.above", "room.below"},
    }


def _modules(root: Path) -> dict[str, Path]:
    """Every module below a source root, by its name."""
    found = {}
    for path in root.rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def _imported(name: str, path: Path, modules: dict[str, Path]) -> set[str]:
    """The modules that one names in its imports. Which package they stand in is not counted: what a
    package gathers of its modules for others is no circle."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            outer = package.split(".")[: -node.level + 1 or None] if node.level else []
            home = ".".join([*outer, *([node.module] if node.module else [])])
            inner = {a.name: f"{home}.{a.name}" for a in node.names}
            found |= {i if i in modules else home for i in inner.values()}
    return (found & modules.keys()) - {name}
