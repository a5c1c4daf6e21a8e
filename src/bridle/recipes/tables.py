"""Code that reads a table and prepares it with scikit-learn's transformers, as the study does."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridle.data import openml
from bridle.data.dataset import Dataset
from bridle.data.tabular import TableRows
from bridle.errors import UserError
from bridle.recipes.code import comment, enclosed, literal
from bridle.tables.cells import COMMAS, ISO_8601, MISSING, MISSING_NUMBER, THOUSANDS
from bridle.tables.preparation import CYCLES, MOST_WORDS, RARE, Encoder

_READERS = {
    ".parquet": "pd.read_parquet",
    ".feather": "pd.read_feather",
    ".arrow": "pd.read_feather",
    ".xlsx": "pd.read_excel",
}
_SCALERS = {
    "standard": ("StandardScaler", ""),
    "robust": ("RobustScaler", ""),
    "quantile": ("QuantileTransformer", 'n_quantiles={}, output_distribution="normal"'),
}


def _spelled(words: frozenset[str]) -> list[str]:
    """Return words in the spellings that a program looks for."""
    return sorted(
        {spelled for word in words for spelled in (word, word.upper(), word.capitalize())}
    )


_MISSING = sorted({*_spelled(MISSING), "NaN", "NaT"})
_MORE = [word for word in _spelled(MISSING_NUMBER) if word not in _MISSING]
PANDAS = "import pandas as pd"


class TableCode:
    """Code for one table.

    Args:
        dataset: of a table.

    Raises:
        UserError: its splits cannot be written as code.
    """

    def __init__(self, dataset: Dataset) -> None:
        rows = dataset.rows
        assert isinstance(rows, TableRows)
        self.rows, self.dataset = rows, dataset
        self.options = _options(rows.typed)
        self.target = self._target()
        self.imports = {PANDAS}
        if rows.given is not None and not self.options.get("test"):
            raise UserError(
                f"The splits of {dataset.name} are given, by a column or by time, and recipes draw theirs at random."
            )

    def constants(self) -> str:
        """Return the lists of columns that stand before the function."""
        lists = {
            "NUMBERS": self._columns("number", "ordinal", "date"),
            "WAVES": [
                f"{e.column} {part} of {cycle}"
                for e in self.rows.encoders
                for cycle in e.cycles
                for part in ("sin", "cos")
            ],
            "BOOLEANS": self._columns("boolean"),
            "WITH_GAPS": [
                e.column for e in self.rows.encoders if e.missing and e.kind != "category"
            ],
            "CATEGORIES": self._columns("category"),
            "TEXTS": self._texts() if self._delimited else [],
        }
        return "\n".join(
            enclosed(f"{name} = [", list(map(literal, found)), "]", 0)
            for name, found in lists.items()
            if found
        )

    def reading(self) -> list[str]:
        """Return lines that read the frame `frame` and the targets `y`, and `rest` and `test` where they are given."""
        lines = self._read("frame", self.rows.typed[0] if self.rows.typed else "")
        test = self.options.get("test")
        clean = enclosed("frame = frame.dropna(subset=[", list(map(literal, self.target)), "])")
        lines.append(clean)
        if test:
            lines += ["rest = np.arange(len(frame))", *self._read("further", test)]
            lines += ["frame = pd.concat([frame, further], ignore_index=True)", clean]
            lines += ["test = np.arange(len(rest), len(frame))"]
        names = list(map(literal, self.target))
        if self.dataset.task.predicts == "values":
            lines.append(enclosed("y = frame[[", names, "]].to_numpy(np.float32)"))
        else:
            lines += [
                f"target = frame[{names[0]}].astype(str)",
                "classes, y = np.unique(target, return_inverse=True)  # classes by number",
            ]
        for encoder in self.rows.encoders:
            lines += self._column(encoder)
        if self._columns("category") and not self._delimited:
            lines += [
                "# the encoder does not know the missing value of pandas",
                "words = frame[CATEGORIES].astype(object)",
                "frame[CATEGORIES] = words.where(words.notna(), np.nan)",
            ]
        return lines

    def preparing(self) -> list[str]:
        """Return lines that make `X` of the frame, fitted on the training rows."""
        parts = []
        lines = []
        if self._columns("number", "ordinal", "date"):
            scaler, arguments = _SCALERS[self.rows.scaling]
            code = f"{scaler}({arguments.format(min(1000, self.dataset.sizes.train))})"
            self.imports |= {
                "from sklearn.impute import SimpleImputer",
                "from sklearn.pipeline import make_pipeline",
                f"from sklearn.preprocessing import {scaler}",
            }
            lines += [
                "# medians and scales are those of the training rows",
                enclosed(
                    "numbers = make_pipeline(", ['SimpleImputer(strategy="median")', code], ")"
                ),
                "numbers.fit(frame[NUMBERS].iloc[train])",
            ]
            parts.append("numbers.transform(frame[NUMBERS])")
        others = [
            name
            for name, found in (
                ("WAVES", any(e.cycles for e in self.rows.encoders)),
                ("BOOLEANS", self._columns("boolean")),
            )
            if found
        ]
        if others:
            self.imports.add("from sklearn.impute import SimpleImputer")
            lines += [
                f"others = frame[{' + '.join(others)}].astype(float)",
                'filled = SimpleImputer(strategy="median").fit(others.iloc[train])',
            ]
            parts.append("filled.transform(others)")
        if any(e.missing and e.kind != "category" for e in self.rows.encoders):
            parts.append("frame[WITH_GAPS].isna()")
        if self._columns("category"):
            self.imports.add("from sklearn.preprocessing import OneHotEncoder")
            lines += [
                "# of the whole table, so that all splits have the same columns; rare ones share one",
                enclosed(
                    "categories = OneHotEncoder(",
                    [
                        f"min_frequency={RARE}",
                        f"max_categories={MOST_WORDS + 1}",
                        'handle_unknown="infrequent_if_exist"',
                        "sparse_output=False",
                    ],
                    ")",
                    each=True,
                ),
            ]
            parts.append("categories.fit_transform(frame[CATEGORIES])")
        lines.append(enclosed("parts = [", parts, "]"))
        return [
            *lines,
            "X = np.hstack(parts).astype(np.float32)",
            "# the training rows tell nothing of what is the same in all of them",
            "X[:, np.ptp(X[train], axis=0) == 0] = 0",
        ]

    @property
    def group(self) -> str:
        """The column whose rows stay together; empty if there is none."""
        return self.options.get("group", "")

    @property
    def _delimited(self) -> bool:
        typed = self.rows.typed
        if not typed:
            return True
        return not typed[0].startswith(openml.PREFIX) and _ending(typed[0]) not in _READERS

    def _columns(self, *kinds: str) -> list[str]:
        return [encoder.column for encoder in self.rows.encoders if encoder.kind in kinds]

    def _texts(self) -> list[str]:
        return self._columns("category", "ordinal", "boolean")

    def _target(self) -> list[str]:
        asked = self.options.get("target", "")
        if self.dataset.task.predicts == "values":
            return list(self.dataset.task.names)
        if asked:
            return [asked]
        typed = self.rows.typed
        if typed and typed[0].startswith(openml.PREFIX):
            return list(openml.described(typed[0]).target)
        return ["target"]

    def _read(self, name: str, file: str) -> list[str]:
        """Return lines that read a file into a frame."""
        if file.startswith(openml.PREFIX):
            self.imports.add("from sklearn.datasets import fetch_openml")
            known = openml.described(file)
            return [
                enclosed(
                    f"{name} = fetch_openml(", [literal(known.name), "as_frame=True"], ").frame"
                )
            ]
        ending = _ending(file)
        if ending in _READERS:
            return [enclosed(f"{name} = {_READERS[ending]}(", [literal(file)], ")")]
        lines = []
        if not file or ending == ".arff":
            what = f"the rows of {file}" if file else "the table that the study was made of"
            lines.append(comment(f"YOUR DATA: {what}"))
            file = "data.csv"
        parts = [literal(file), *_dialect(file, self.options.get("encoding"))]
        for notation, argument in ((COMMAS, "decimal"), (THOUSANDS, "thousands")):
            if any(column.notation == notation for column in self.rows.columns):
                parts.append(f'{argument}=","')
        if self._texts():
            parts.append("dtype=dict.fromkeys(TEXTS, str)")
        lines.append(enclosed("missing = [", list(map(literal, _MISSING)), "]"))
        gaps = [e.column for e in self.rows.encoders if e.kind == "number" and e.missing]
        if gaps:
            others = [e.column for e in self.rows.encoders if e.column not in gaps]
            others += [*self.target, *filter(None, [self.group])]
            for called, found in (
                ("missing_numbers", ["*missing", *map(literal, _MORE)]),
                ("gaps", list(map(literal, gaps))),
                ("columns", list(map(literal, dict.fromkeys(others)))),
            ):
                lines.append(enclosed(f"{called} = [", found, "]"))
            lines += [
                "words = dict.fromkeys(columns, missing)",
                "words |= dict.fromkeys(gaps, missing_numbers)",
            ]
        parts.append(f"na_values={'words' if gaps else 'missing'}")
        parts += ["keep_default_na=False", "skipinitialspace=True"]
        return [*lines, enclosed(f"{name} = pd.read_csv(", parts, ")")]

    def _column(self, encoder: Encoder) -> list[str]:
        """Return lines that turn words and dates of a column into numbers."""
        at = f"frame[{literal(encoder.column)}]"
        if not self._delimited and {word.lower() for word in encoder.words} == {"false", "true"}:
            return []
        if encoder.kind in ("ordinal", "boolean"):
            words = encoder.words
            pairs = [f"{literal(word)}: {number}" for number, word in enumerate(words)]
            inside = enclosed(f"{at} = {at}.map({{", pairs, "})")
            return [inside]
        if encoder.kind != "date":
            return []
        column = next(c for c in self.rows.columns if c.name == encoder.column)
        lines = [
            _since_1970(at, column.notation),
            f"{at} = days = since / pd.Timedelta(days=1)",
        ]
        for cycle in encoder.cycles:
            for part in ("sin", "cos"):
                wave = literal(f"{encoder.column} {part} of {cycle}")
                lines.append(f"frame[{wave}] = np.{part}(2 * np.pi * days / {CYCLES[cycle]})")
        return lines


def _since_1970(dates: str, notation: str) -> str:
    """Return the line that reads dates in the notation that Bridle found; those of other files than texts have none."""
    if notation == ISO_8601:
        read = f'pd.to_datetime({dates}, format="ISO8601", utc=True)'
        return f'since = {read} - pd.Timestamp(0, tz="UTC")'
    form = f", format={literal(notation)}" if notation else ""
    return f"since = pd.to_datetime({dates}{form}) - pd.Timestamp(0)"


def _options(typed: tuple[str, ...]) -> Mapping[str, str]:
    """Return the options that were typed after the file, by name; of several the last."""
    words = typed[1:]
    return {
        name.removeprefix("--"): value for name, value in zip(words[::2], words[1::2], strict=False)
    }


def _ending(file: str) -> str:
    return Path(file).suffix.lower()


def _dialect(file: str, encoding: str | None) -> list[str]:
    """Return the arguments that say how a text is delimited and encoded, as far as the file is there to tell."""
    from bridle.tables.delimited import dialect

    tabs = Path(file.removesuffix(".gz").removesuffix(".zip")).suffix.lower() in (".tsv", ".tab")
    delimiter, found = "\t" if tabs else ",", encoding
    path = Path(file)
    if path.is_file() and path.suffix.lower() not in (".gz", ".zip", ".zst"):
        with path.open("rb") as opened:
            start = opened.read(2**20)
        with contextlib.suppress(UserError):
            _, delimiter, found = dialect(start[: start.rfind(b"\n") + 1], file, tabs, encoding)
    parts: list[Any] = [f"sep={literal(delimiter)}"] if delimiter != "," else []
    return [*parts, *([f"encoding={literal(found)}"] if found else [])]
