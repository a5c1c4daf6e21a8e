"""Advice for data of one's own, where the name of a data set is expected."""

from __future__ import annotations

from pathlib import Path

from bridle.errors import shown
from bridle.lines import command_line


def is_file(text: str) -> bool:
    """Say whether a text is the name of an existing file."""
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # a name of thousands of characters
        return False


_READERS = {
    ".csv": "pandas.read_csv({name})",
    ".tsv": "pandas.read_csv({name}, sep='\\t')",
    ".parquet": "pandas.read_parquet({name})",
    ".xlsx": "pandas.read_excel({name})",
    ".json": "pandas.read_json({name})",
}
"""Python code that reads tables from files."""


def instead_of_a_file(text: str, command: str) -> str:
    """Return advice for a file where the name of a data set is expected."""
    path = Path(text)
    try:
        with path.open(encoding="utf-8") as file:
            columns = {name.strip().lower() for name in file.readline(10_000).split(",")}
    except (OSError, ValueError):
        columns = set()
    said = f"{shown(text)} looks like a file; `bridle` takes data sets by name (see `bridle datasets`)."
    if {"method", "score"} <= columns:
        return f"{said} A table of runs is judged: `{command_line('judge', path)}`."
    name, function = repr(text), "diagnose" if command == "diagnose" else "compare"
    kind = path.suffix.lower()
    if kind not in _READERS and kind not in (".npz", ".npy") and not columns:
        return f"{said} Data of your own are compared from Python: bridle.{function}(X, y)."
    if kind in (".npz", ".npy"):
        lines = [
            "import bridle, numpy",
            f"arrays = numpy.load({name})",
            f"print(bridle.{function}(arrays['X'], arrays['y']).summary)  # X: the examples, y: their labels",
        ]
    else:
        reader = _READERS.get(kind, _READERS[".csv"])
        lines = [
            "import bridle, pandas",
            f"table = {reader.format(name=name)}",
            "X, y = table.drop(columns='LABEL'), table['LABEL']  # LABEL: the column to predict",
            f"print(bridle.{function}(X, y).summary)",
        ]
    snippet = "".join(f"\n    {text}" for text in lines)
    return f"{said} Data of your own are compared from Python, bridle.{function}(X, y):\n{snippet}"
