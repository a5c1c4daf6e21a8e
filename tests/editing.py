"""Edits of studies on disk with valid digests, as Bridle itself would make them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bridle.study.plan import read_plan, write_plan
from bridle.study.schema import COLUMNS, seal


def edit_plan(folder: Path, request: str | None = None, **changes: Any) -> None:
    """Change fields of a study's plan, or the hash of what was asked for."""
    plan, asked, versions = read_plan(folder / "study.json")
    write_plan(folder / "study.json", replace(plan, **changes), request or asked, versions)


def edit_runs(folder: Path, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Change columns of runs in a study's database, by the runs' names."""
    with contextlib.closing(sqlite3.connect(folder / "study.db")) as connection, connection:
        columns = ", ".join(COLUMNS)
        for name, changed in changes.items():
            found = connection.execute(f"SELECT {columns} FROM run WHERE name = ?", (name,))
            row = {**dict(zip(COLUMNS, found.fetchone(), strict=True)), **changed}
            row["digest"] = seal(list(row.values())[:-1])
            connection.execute(
                f"INSERT OR REPLACE INTO run ({columns}) VALUES ({', '.join('?' * len(row))})",
                tuple(row.values()),
            )
