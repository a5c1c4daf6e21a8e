"""Tables as other people write them: other column names, duplicate columns, other shapes, frames, pipes, encodings."""

from __future__ import annotations

import gzip
import io
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import bridle
from bridle.api.judge import Judged
from bridle.cli.wording import shell
from bridle.errors import UserError
from bridle.judging.columns import ROLES
from bridle.judging.sources import read_frame

from .test_judge import some, table

RUNS = table(some())
EXPECTED = bridle.judge(RUNS, "fresh").leaderboard()
CSV = RUNS.to_csv(index=False)
OTHERS = {"method": "model", "replicate": "seed", "score": "test/acc"}


def same(found: Any) -> None:
    pd.testing.assert_frame_equal(
        found.leaderboard().drop(columns="metric"), EXPECTED.drop(columns="metric")
    )


# columns


def test_columns_are_named_by_an_option() -> None:
    odd = RUNS.rename(columns={"method": "Name", "replicate": "config.run, no", "score": "my=acc"})
    asked = {"method": "Name", "replicate": "config.run, no", "score": "my=acc"}
    text = "method=Name, replicate=config.run, no,score=my=acc"
    for columns in (asked, text):
        same(bridle.judge(odd, "fresh", columns=columns, lower_is_better=False))
    numbered = RUNS.set_axis([0, 1, 2], axis=1)
    named = {"method": 0, "replicate": 1, "score": 2}
    same(bridle.judge(numbered, "fresh", columns=named, lower_is_better=False))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("method", "columns must be pairs of a role and a column"),
        ("metod=model", r"Unknown role in columns 'metod'. Did you mean 'method'"),
        (
            "method=modl",
            r"no column 'modl', which columns names for method. Did you mean 'model'",
        ),
        ("model=method", r"role stands before the name of its column: method=model; received"),
        ({"model": "method"}, "role stands before the name of its column: method=model"),
        ("random_seed=seed", r"Unknown role in columns 'random_seed'. Did you mean 'replicate'"),
        ("method=", "must be the name of a column"),
        ("method=model,method=seed", "names a role twice"),
        (3, "columns must be a dictionary"),
    ],
)
def test_mistakes_in_columns(columns: Any, said: str) -> None:
    with pytest.raises(UserError, match=said):
        bridle.judge(RUNS.rename(columns=OTHERS), "fresh", columns=columns)


def test_what_others_call_them_is_read_and_said() -> None:
    found = bridle.judge(RUNS.rename(columns=OTHERS), "fresh")
    same(found)
    assert isinstance(found, Judged)
    (note,) = found.answer.evidence.notes
    assert note == (
        "read: method from 'model', replicate from 'seed', score from 'test/acc' (higher is better)"
    )


def test_what_may_be_meant_is_asked_with_what_to_type() -> None:
    names = {"method": "Name", "replicate": "config.seed", "score": "test/acc"}
    with pytest.raises(UserError) as caught:
        bridle.judge(RUNS.rename(columns=names).assign(State="finished"), "fresh")
    assert f"columns={names!r}" in str(caught.value)
    (typed,) = re.findall(r"--columns (\S+)\. ", caught.value.worded(shell(["judge"])))
    assert typed == "method=Name,replicate=config.seed,score=test/acc"
    same(bridle.judge(RUNS.rename(columns=names), "fresh", columns=typed))
    with pytest.raises(UserError, match=r"replicate may be 'seed' or 'fold'"):
        bridle.judge(RUNS.rename(columns={"replicate": "seed"}).assign(fold=0), "fresh")
    sets = RUNS.rename(columns={"replicate": "dataset_name", "score": "accuracy"})
    with pytest.raises(UserError, match="one run for each data set") as caught:
        bridle.judge(sets, "fresh")
    (typed,) = re.findall(r"--columns (\S+)\. ", caught.value.worded(shell(["judge"])))
    same(bridle.judge(sets, "fresh", columns=typed))


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("method,replicate,score,score", "two columns 'score'"),
        ("method,replicate,score,note,note", "two columns 'note'"),
        ("method,replicate,score,Score", "columns 'score' and 'Score': either may be the score"),
        ("method,replicate,score,test_score", "columns 'score' and 'test_score'"),
        (
            "method,replicate,score,Method",
            "columns 'method' and 'Method': either may be the method",
        ),
    ],
)
def test_columns_that_stand_there_twice(head: str, said: str, tmp_path: Path) -> None:
    names = head.split(",")
    rows = [[m, r, s, *[0.1] * (len(names) - 3)] for m, r, s in RUNS.to_numpy().tolist()]
    frame = pd.DataFrame(rows, columns=names)
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    for form in (path, frame):
        with pytest.raises(UserError, match=said):
            bridle.judge(form, "fresh")
    if "either" in said or "test_score" in said:
        role = names[-1].lower().removeprefix("test_")
        same(bridle.judge(frame, "fresh", columns={role: role}))


def test_a_column_without_a_name_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\n".join(f"{line},," for line in CSV.splitlines()))
    same(bridle.judge(path, "fresh"))
    path.write_text("\n".join(f"{i},{line}" for i, line in enumerate(CSV.splitlines()))[1:])
    same(bridle.judge(path, "fresh"))  # an index, as pandas writes it


# shapes

WIDE = RUNS.pivot(index="replicate", columns="method", values="score")[list(some())]


def wide_tables() -> dict[str, tuple[pd.DataFrame, str]]:
    per_fold = WIDE.T.add_prefix("Fold").add_suffix("_AUROC").rename_axis("method").reset_index()
    cv = WIDE.T.set_axis([f"split{i}_test_score" for i in WIDE.index], axis=1)
    chart = pd.DataFrame(
        {"Step": [1, 2]}
        | {f"{m}-{r} - test/acc": [0.1, WIDE[m][r]] for m in WIDE for r in WIDE.index}
        | {f"{m}-{r} - test/acc__MIN": [0.1, 0.1] for m in WIDE for r in WIDE.index}
    )
    return {
        "methods": (WIDE.reset_index(drop=True), "column for each method"),
        "methods, seeds": (WIDE.rename_axis("seed").reset_index(), "column for each method"),
        "folds": (per_fold, "column for each replicate"),
        "models, folds": (per_fold.rename(columns={"method": "model"}), "column for each replicate"),
        "sets": (WIDE.T.add_prefix("set ").rename_axis("model").reset_index(), "replicate or data set"),
        "cv": (cv.assign(mean_fit_time=1.0).rename_axis("param_alpha").reset_index(), "cv_results_"),
        "chart": (chart, "Weights & Biases"),
    }  # fmt: skip


@pytest.mark.parametrize("name", wide_tables())
@pytest.mark.parametrize("as_file", [False, True])
def test_wide_tables_are_told_how_to_become_long(name: str, as_file: bool, tmp_path: Path) -> None:
    wide, what = wide_tables()[name]
    given: Any = tmp_path / "wide.csv" if as_file else wide
    if as_file:
        wide.to_csv(given, index=False)
    with pytest.raises(UserError, match=what) as caught:
        bridle.judge(given, "fresh")
    code = str(caught.value).partition("in Python: ")[2].partition("; then bridle")[0]
    code = code.replace(
        "then make of the column 'run' the columns 'method' and 'replicate', such as by ", ""
    )
    space: dict[str, Any] = {"pandas": pd, "runs": wide}
    exec(code, space)
    same(bridle.judge(space["runs"], "fresh", lower_is_better=False))


def test_means_with_deviations_are_no_runs() -> None:
    for cell in ("85.0 ± 0.3", "85.0 +/- 0.3", "85.0 (0.3)", r"$85.0 \pm 0.3$"):
        with pytest.raises(UserError, match="means with their deviations"):
            bridle.judge(pd.DataFrame({"method": ["none", "l2"], "moons": [cell, cell]}), "fresh")


def test_seeds_of_their_own_make_no_pairs_and_are_told_so() -> None:
    own = RUNS.copy()
    own["replicate"] += 100 * own["method"].factorize()[0]
    with pytest.raises(
        UserError, match=r"'dropout' has the replicates '100', '101', '102', ….*none"
    ) as caught:
        bridle.judge(own, "fresh")
    (code,) = re.findall(r"(runs\['replicate'\] = .*?\(\))\.", str(caught.value))
    space = {"runs": own}
    exec(code, space)
    same(bridle.judge(space["runs"], "fresh"))
    # a method that shares some is compared
    own.loc[own["method"] == "l1", "replicate"] = range(8)
    assert "L1 hurts" in bridle.judge(own, "fresh").summary


# frames

FORMS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "nullable": lambda f: f.convert_dtypes(),
    "objects": lambda f: f.astype(object),
    "texts": lambda f: f.astype(str),
    "narwhals": lambda f: nw.from_native(f),
    "records": lambda f: f.to_records(index=False),
}


def library(name: str) -> Callable[[pd.DataFrame], Any]:
    def make(f: pd.DataFrame) -> Any:
        module = pytest.importorskip(name.partition(".")[0])
        columns = {str(c): [None if v != v else v for v in f[c]] for c in f}
        if name == "pyarrow":
            return module.table(columns)
        frame = module.DataFrame(columns)
        return frame.lazy() if name == "polars.lazy" else frame

    return make


FORMS |= {name: library(name) for name in ("polars", "polars.lazy", "pyarrow")}


@pytest.mark.parametrize("form", FORMS)
def test_frames_of_any_library_keep_their_names(form: str) -> None:
    same(bridle.judge(FORMS[form](RUNS), "fresh"))


@pytest.mark.parametrize("form", ["objects", "texts", "nullable", "polars", "pyarrow"])
def test_a_missing_score_is_a_diverged_run_in_any_frame(form: str) -> None:
    gone = RUNS.copy()
    gone.loc[9, "score"] = np.nan
    expected = bridle.judge(gone, "fresh")
    found = bridle.judge(FORMS[form](gone), "fresh")
    pd.testing.assert_frame_equal(found.leaderboard(), expected.leaderboard())
    shares = gone.assign(score=gone["score"].map(lambda s: None if s != s else f"{100 * s:.12g} %"))
    shares = shares.astype({"score": object})
    for missing in (None, np.nan, pd.NA, "", "nan", float("inf")):
        shares.loc[9, "score"] = missing
        board = bridle.judge(shares, "fresh").leaderboard()
        pd.testing.assert_frame_equal(board, expected.leaderboard())


# files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
def test_encodings_and_compression(encoding: str, packed: bool, tmp_path: Path) -> None:
    path, content = tmp_path / "runs.csv", CSV.encode(encoding)
    path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    same(bridle.judge(path, "fresh"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (CSV.encode() + b"l\xe9,0,0.9\n", r"line 34: the byte 0xe9 is no UTF-8.*iconv -f latin1"),
        (CSV.encode().replace(b"l1", b"l\x00", 1), r"line 18: there is a NUL"),
        (gzip.compress(CSV.encode(), mtime=0)[:40], "damaged or cut short"),
        (b"PK\x03\x04...", "Excel workbook"),
        (b"PAR1...", "Parquet"),
        (b"\xff\xfea", "UTF-16"),
        (b'method,replicate,score\n"none,0,1\n', "cannot be read as a table: EOF inside string"),
        (b'method,replicate,score\n"no\nne",0,0.9\nl1,0,x\n', r"line 4, column 'score'.*'x'"),
    ],
)  # fmt: skip
def test_files_that_are_no_tables(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=said):
        bridle.judge(path, "fresh")


def test_what_cannot_be_opened() -> None:
    for path, said in (
        ("/dev/zero", "device"),
        (".", "Is a directory"),
        ("a\0b", "null"),
        ("", "directory"),
    ):
        with pytest.raises(UserError, match=f"Cannot read .*{said}"):
            bridle.judge(path, "fresh")


# names


def test_names_cannot_steer_a_terminal() -> None:
    evil = "\x1b]0;pwned\x07\x1b[31mred\u202e\x9b1m\ud800"
    odd = (
        RUNS.astype({"method": object}).replace({"method": {"l1": evil}}).assign(dataset="we\x1bt")
    )
    found = bridle.judge(odd, "fresh")
    from bridle.report.terminal import lines

    assert isinstance(found, Judged)
    said = "\n".join(
        [found.summary, *lines(found.answer), repr(found), found.leaderboard().to_csv()]
    )
    assert all(c.isprintable() or c == "\n" for c in said)
    assert r"\x1b]0;pwned\x07\x1b[31mred\u202e\x9b1m\ud800" in said
    assert bridle.judge(odd, "fresh", evil).baseline.startswith(r"\x1b")
    with pytest.raises(UserError) as caught:
        bridle.judge(odd, "fresh", "\x1b[1m")
    assert "\x1b" not in str(caught.value)


def test_names_are_drawn_as_they_are_and_the_drawing_is_xml() -> None:
    from xml.dom import minidom

    from bridle.report.encode import encode

    odd = RUNS.replace(
        {"method": {"l1": "\x1b[31m$x_{$", "l2": "a--b & <c>", "dropout": r"$\frac 中 𝄞"}}
    )
    found = bridle.judge(odd, "fresh")
    minidom.parseString(encode(found.figure(), "svg"))
    assert encode(found.figure(), "png").startswith(b"\x89PNG")


def test_long_cells_are_shortened_in_messages() -> None:
    long = "x" * 50_000
    calls: list[Callable[[], Any]] = [
        lambda: bridle.judge(
            RUNS.astype(object).replace({"score": {RUNS["score"][3]: long}}), "fresh"
        ),
        lambda: bridle.judge(RUNS.replace({"method": {"l1": long}}), "fresh"),
        lambda: bridle.judge(RUNS, "fresh", long),
        lambda: bridle.judge(RUNS, long),
        lambda: bridle.judge(RUNS, "fresh", margin=long),
        lambda: bridle.judge(RUNS, "fresh", metric=long, predictions=RUNS),
        lambda: bridle.judge(RUNS.rename(columns={"score": long}), "fresh"),
        lambda: bridle.judge(RUNS, "fresh", columns=long),
        lambda: bridle.judge(pd.DataFrame({f"c{i}": ["a"] for i in range(4000)}), "fresh"),
        lambda: bridle.judge(long + ".csv", "fresh"),
    ]
    for call in calls:
        with pytest.raises(UserError) as caught:
            call()
        assert len(str(caught.value)) < 2100


def test_whole_numbers_are_names_and_others_are_not() -> None:
    apart = RUNS.astype({"replicate": str})
    apart["replicate"] = apart["replicate"].map(lambda r: f"1_{r}")
    apart.loc[apart.index[-1], "score"] = math.nan
    found = bridle.judge(apart, "fresh")
    assert isinstance(found, Judged)
    label, replicate = apart["method"].iloc[-1], apart["replicate"].iloc[-1]
    assert found.answer.evidence.missing == {label: (replicate,)}


# anything

CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 200),
    st.floats(),
    st.sampled_from(
        [
            "none",
            "l2",
            "0",
            "1",
            "0.5",
            "85 %",
            "0,5",
            "TRUE",
            "",
            "nan",
            "loss",
            "\x1b[1m",
            "1e999",
        ]
    ),
    st.text(max_size=4),
    st.lists(st.integers(), max_size=2),
)
NAMES = st.sampled_from(
    [
        *ROLES,
        "model",
        "seed",
        "test_loss",
        "accuracy",
        "Score",
        "fold1",
        "fold2",
        "",
        " ",
        "x",
        3,
        ("a", 1),
    ]
)


@st.composite
def hostile(draw: st.DrawFn) -> pd.DataFrame:
    names = draw(st.lists(NAMES, min_size=1, max_size=6))
    if draw(st.booleans()):
        names = ["method", "replicate", "score", *names]
    rows = draw(st.integers(0, 6))
    columns: list[Any] = []
    for name in names:
        if name == "method" and draw(st.booleans()):
            columns.append([["none", "l2"][i % 2] for i in range(rows)])
        elif name == "replicate" and draw(st.booleans()):
            columns.append([i // 2 for i in range(rows)])
        else:
            columns.append(draw(st.lists(CELLS, min_size=rows, max_size=rows)))
    frame = pd.DataFrame(dict(enumerate(columns)))
    frame.columns = pd.Index(names, dtype=object, tupleize_cols=False)
    return frame


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    hostile(),
    st.sampled_from([None, True, False]),
    st.sampled_from([None, "0.5pt", 0.01]),
    st.booleans(),
)
def test_any_table_is_judged_or_refused(
    frame: pd.DataFrame, lower: bool | None, margin: Any, as_file: bool
) -> None:
    given: Any = frame
    if as_file:
        text = frame.to_csv(index=False)
        given = read_text(text)
    try:
        found = bridle.judge(given, "fresh", margin=margin, lower_is_better=lower)
    except UserError as error:
        message = str(error)
    else:
        message = found.summary
        board = found.leaderboard()
        assert board["score"].map(lambda s: s != s or np.isfinite(s)).all()
    assert 10 < len(message) < 2100
    assert all(c.isprintable() or c == "\n" for c in message)


def read_text(text: str) -> Any:
    """A path of the text: what `judge` reads it from."""
    import tempfile

    with tempfile.NamedTemporaryFile("wb", suffix=".csv", delete=False) as file:
        file.write(text.encode("utf-8", "surrogatepass"))
    return file.name


@given(st.binary(max_size=200))
@example(b"\r\x01")
@settings(deadline=None, max_examples=200)
def test_any_bytes_are_a_table_or_refused(content: bytes) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(content)
        file.flush()
        with pytest.raises(UserError):
            bridle.judge(file.name, "fresh")


def test_what_is_no_frame_is_refused() -> None:
    for thing in (3, 1.5, None, "no.csv", object(), io.StringIO("x"), {"a": 1}, [1, [2]], {1, 2}):
        with pytest.raises(UserError):
            bridle.judge(thing, "fresh")
    assert list(read_frame([{"a": 1}], "runs").columns) == ["a"]
