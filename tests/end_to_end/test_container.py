"""Dockerfile and docker-compose.yml, as far as they can be checked without Docker."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    made = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert isinstance(made, dict)
    return made


def test_compose_1_29_understands_the_file(compose) -> None:
    assert set(compose) <= {"version", "services", "volumes"}  # no name:, no configs:
    assert re.fullmatch(r"3(\.\d)?", compose["version"])
    known = {"build", "restart", "ports", "environment", "volumes", "command", "healthcheck"}
    for service in compose["services"].values():
        assert set(service) <= known


def test_every_published_port_is_on_loopback_and_one_that_the_image_serves(compose) -> None:
    exposed = set(re.search(r"^EXPOSE (.+)$", dockerfile(), re.MULTILINE)[1].split())
    published = compose["services"]["misstep"]["ports"]
    assert published
    for port in published:
        host, outside, inside = port.split(":")
        assert host == "127.0.0.1" and outside == inside and inside in exposed


def test_the_store_lies_on_a_volume(compose) -> None:
    name, _, folder = compose["services"]["misstep"]["volumes"][0].partition(":")
    assert name in compose["volumes"]
    store = re.search(r"^ENV MISSTEP_STORE=(\S+)$", dockerfile(), re.MULTILINE)[1]
    assert Path(store).parent == Path(folder)


def test_the_image_is_built_from_the_lock_and_does_not_run_as_root() -> None:
    text = dockerfile()
    assert "--require-hashes -r requirements.lock" in text
    assert re.search(r"^USER (?!root)\w+$", text, re.MULTILINE)
    assert text.index("USER ") < text.index("\nCMD ")
    assert "HEALTHCHECK" in text and "/healthz" in text


def test_what_the_image_copies_exists_and_holds_every_package() -> None:
    copied = [
        source
        for line in re.findall(r"^COPY (.+)$", dockerfile(), re.MULTILINE)
        for source in line.split()[:-1]
    ]
    for source in copied:
        assert (ROOT / source).exists(), source
    wheel = re.findall(r'"(\w+)/misstep\w*"', (ROOT / "pyproject.toml").read_text())
    assert set(wheel) <= set(copied)


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text()
