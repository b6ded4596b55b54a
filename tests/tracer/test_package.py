"""The package as a whole: what it exports and what it loads."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest

import misstep


def test_all_is_sorted_and_every_name_in_it_exists() -> None:
    assert misstep.__all__ == sorted(misstep.__all__)
    for name in misstep.__all__:
        assert getattr(misstep, name) is not None
    assert dir(misstep) == misstep.__all__


def test_every_public_name_has_a_docstring() -> None:
    for name in misstep.__all__:
        assert inspect.getdoc(getattr(misstep, name)), name


def test_a_name_that_is_not_exported_does_not_exist() -> None:
    with pytest.raises(AttributeError, match="module 'misstep' has no attribute 'nothing'"):
        _ = misstep.nothing


def test_names_in_a_modules_all_exist() -> None:
    modules = [m.name for m in pkgutil.walk_packages(misstep.__path__, "misstep.")]
    for module in modules:
        if ".boot" in module:
            continue
        try:
            loaded = importlib.import_module(module)
        except ModuleNotFoundError as error:  # a bridge to a framework that is not installed
            assert ".bridges." in module and not str(error.name).startswith("misstep")
            continue
        for name in getattr(loaded, "__all__", ()):
            assert hasattr(loaded, name), f"{module}.{name}"


def loaded_by(program, statement: str) -> set[str]:
    ran = program(f"import sys\n{statement}\nprint(*sys.modules)")
    assert ran.code == 0, ran.err
    return set(ran.out.split())


def test_the_model_loads_neither_opentelemetry_nor_anything_above(program) -> None:
    modules = loaded_by(program, "import misstep.model")
    above = ("opentelemetry", "misstep_", "duckdb", "pyarrow", "streamlit", "httpx")
    assert [m for m in modules if m.startswith(above)] == []
    others = {m for m in modules if m.startswith("misstep") and not m.startswith("misstep.model")}
    assert others == {"misstep"}


def test_importing_misstep_loads_no_opentelemetry_sdk(program) -> None:
    modules = loaded_by(program, "import misstep")
    assert [m for m in modules if m.startswith(("opentelemetry", "pydantic", "httpx"))] == []


def test_recording_loads_nothing_of_the_packages_above(program) -> None:
    modules = loaded_by(
        program,
        "import misstep\nmisstep.init(store='t.duckdb')\n"
        "misstep.pipeline(lambda: 1)()\nassert misstep.flush(60)",
    )
    assert [
        m for m in modules if m.startswith(("misstep_", "duckdb", "pyarrow", "streamlit"))
    ] == []


def test_a_users_module_called_misstep_store_does_no_harm(program, tmp_path) -> None:
    (tmp_path / "misstep_store.py").write_text("raise RuntimeError('the user\\'s own module')")
    ran = program(
        """
        import misstep
        misstep.init(store="t.duckdb")

        @misstep.pipeline
        def answer(x):
            return x + 1

        print(answer(1), misstep.flush(60))
        """
    )
    assert (ran.code, ran.out) == (0, "2 True\n"), ran.err
