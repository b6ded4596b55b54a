"""The wheel as people install it: light without extras, and each missing extra named in a sentence.

The packages an extra brings are linked out of this environment, by the wheel's own requirements, so
that nothing is downloaded: what is not required is not there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    return next(folder.glob("misstep-*.whl"))


def required(wheel: Path, extra: str) -> dict[str, Distribution]:
    """The distributions that ``pip install misstep[extra]`` brings."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        lines = archive.read(name).decode().splitlines()
    own = [x.removeprefix("Requires-Dist: ") for x in lines if x.startswith("Requires-Dist: ")]
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(own, extra)]
    while waiting:
        texts, active = waiting.pop()
        for requirement in map(Requirement, texts):
            marker = requirement.marker
            if marker is not None and not marker.evaluate({"extra": active}):
                continue
            name = canonicalize_name(requirement.name)
            for more in ("", *requirement.extras):
                if (name, more) in seen:
                    continue
                seen.add((name, more))
                if name == "misstep":
                    waiting.append((own, more))
                    continue
                try:
                    found[name] = distribution(name)
                except PackageNotFoundError:
                    continue  # not needed on this platform
                waiting.append((found[name].requires or [], more))
    return found


def unpacked(wheel: Path) -> Path:
    """The wheel's files, once for all environments: each would compile its own anew."""
    folder = wheel.with_name("unpacked")
    if not folder.exists():
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    return folder


def installed(wheel: Path, extra: str, folder: Path) -> Path:
    """An environment with the wheel and what ``extra`` requires; its ``misstep`` command."""
    venv.create(folder, symlinks=True)
    site = next(folder.glob("lib/python*/site-packages"))
    for package in required(wheel, extra).values():
        for top in {file.parts[0] for file in package.files or [] if file.parts[0] != ".."}:
            link, target = site / top, Path(str(package.locate_file(top)))
            if not link.exists() and top != "__pycache__":
                link.symlink_to(target)
    for top in unpacked(wheel).iterdir():
        (site / top.name).symlink_to(top)
    program = folder / "bin" / "misstep"
    program.write_text(f"#!{folder / 'bin' / 'python'}\nfrom misstep.command import main\nmain()\n")
    program.chmod(0o755)
    return program


def run(program: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(program.parents[1]), **more}
    return subprocess.run(
        [str(program), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def light(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed(wheel, "", tmp_path_factory.mktemp("light"))


def test_the_wheel_holds_the_five_packages_and_their_files(wheel) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names if "dist-info" not in name}
    packages = {"misstep", "misstep_diagnosis", "misstep_store", "misstep_ui", "misstep_examples"}
    assert tops == packages
    for ending in (".sql", ".js", ".css", "py.typed"):
        assert any(name.endswith(ending) for name in names), ending
    assert not any("__pycache__" in name or name.endswith(".duckdb") for name in names)


def test_without_extras_it_is_the_light_tracer(wheel) -> None:
    found = required(wheel, "")
    heavy = {"duckdb", "pyarrow", "numpy", "streamlit", "starlette", "openai", "anthropic"}
    assert "opentelemetry-sdk" in found and not heavy & set(found)
    assert "duckdb" in required(wheel, "store") and "streamlit" not in required(wheel, "store")
    assert {"duckdb", "streamlit"} <= set(required(wheel, "ui"))
    assert {"openai", "anthropic", "streamlit"} <= set(required(wheel, "demo"))


def test_the_light_tracer_records_into_an_inbox_without_a_database(light, tmp_path) -> None:
    code = (
        "import misstep, sys\n"
        f"misstep.init(store={str(tmp_path / 't.duckdb')!r})\n"
        "@misstep.pipeline\ndef answer(): return 1\n"
        "answer()\nassert misstep.flush(60)\nmisstep.shutdown()\n"
        "assert not {'duckdb', 'pyarrow', 'streamlit'} & set(sys.modules)\n"
    )
    ran = run(light.with_name("python"), "-c", code)
    assert ran.returncode == 0, ran.stderr
    assert list(tmp_path.glob("t.duckdb.inbox/*.otlp"))


def test_a_missing_extra_is_one_sentence_with_its_pip_command(light) -> None:
    wanted = {"runs": "store", "import": "store", "up": "ui", "demo": "demo", "doctor": "store"}
    for verb, extra in wanted.items():
        ended = run(light, verb, "x", "--json")
        assert ended.returncode == 2, ended
        assert len(ended.stderr.splitlines()) == 1
        assert f"pip install 'misstep[{extra}]'" in ended.stderr, ended.stderr
    assert run(light, "--help").returncode == 0


def test_with_the_store_alone_the_ui_and_the_demo_say_what_they_need(
    wheel, tmp_path_factory, tmp_path
) -> None:
    program = installed(wheel, "store", tmp_path_factory.mktemp("store"))
    store = str(tmp_path / "t.duckdb")
    nothing = tmp_path / "nothing.json"
    nothing.write_text('{"resourceSpans":[]}')
    assert run(program, "import", str(nothing), "--store", store).returncode == 0
    assert run(program, "runs", "--store", store, "--json").stdout == '{"runs":[],"next":null}\n'
    free = ("--otlp-port", "0", "--grpc-port", "0", "--ui-port", "0")
    for verb, extra, more in (("up", "ui", free), ("demo", "demo", ())):
        ended = run(program, verb, "--store", store, *more)
        assert ended.returncode == 2, ended
        assert len(ended.stderr.splitlines()) == 1
        assert f"pip install 'misstep[{extra}]'" in ended.stderr, ended.stderr


def test_the_demo_works_from_the_installed_wheel(wheel, tmp_path_factory, tmp_path) -> None:
    program = installed(wheel, "demo", tmp_path_factory.mktemp("demo"))
    store = str(tmp_path / "demo.duckdb")
    ran = run(program, "demo", "--no-ui", "--store", store)
    assert ran.returncode == 0, ran.stderr
    assert "first bad hop: extract_fields" in ran.stdout
    told = json.loads(run(program, "stats", "--store", store, "--json").stdout)
    assert told["runs"] > 10
