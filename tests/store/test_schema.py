"""Stores of other versions are refused in a sentence and left as they are."""

from __future__ import annotations

import pytest

from misstep.errors import StoreFormat
from misstep_store.database import SCHEMA_VERSION, Database


@pytest.mark.parametrize(
    ("version", "told"), [(SCHEMA_VERSION + 1, "newer misstep"), (1, "misstep import")]
)
def test_a_store_of_another_schema_is_refused_with_what_to_do(tmp_path, version, told) -> None:
    path = tmp_path / "t.duckdb"
    database = Database.open(path)
    with database.transaction() as connection:
        connection.execute("UPDATE misstep_schema SET version = ?", [version])
    database.close()
    before = path.read_bytes()
    with pytest.raises(StoreFormat, match=told):
        Database.open(path)
    assert path.read_bytes() == before
