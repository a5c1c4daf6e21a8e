"""Hostile tables: an answer or one message, never a traceback, and nothing but finite numbers."""

from __future__ import annotations

import csv
import io
import string
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridle.cli.columns import data_lines
from bridle.data.intake import from_file
from bridle.errors import UserError

pytest.importorskip("charset_normalizer")

NASTY = [
    *("", "NA", "1", "-1.5", "1e400", "1e35", "1e-320", "inf", "nan", "0", "00", "007", " 3 ", "-"),
    *(
        "=cmd|' /C calc'!A0",
        "<script>alert(1)</script>",
        "\x1b[31m",
        "\u202e",
        "$x^",
        "\0",
        "\r",
        '"',
        "x\ny",
    ),
    *("yes", "no", "True", "a,b", "é", "１２", "٣", "1_000", "0x10", "1,5", "1.000,5", "a" * 300),
    *("2020-01-01", "31/02/2020", "1/2/2020", "9999-12-31", "0001-01-01T00:00:00Z"),
]
CELLS = st.sampled_from(NASTY) | st.text(max_size=4) | st.floats().map(str)
KINDS = ["number", "category", "ordinal", "date", "boolean", "1<0"]


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, list[str]]:
    """Draw the content of a file, mostly with a target that can be learned, and the names of its columns."""
    width, tame = draw(st.integers(1, 3)), draw(st.booleans())
    plain = list(string.ascii_lowercase[:width])
    header = plain if tame else draw(st.lists(CELLS, min_size=width, max_size=width))
    pools = [draw(st.lists(CELLS, min_size=1, max_size=4)) for _ in header]
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    count = draw(st.integers(12, 25) if tame else st.integers(0, 25))
    rows = [[str(random.choice(pool)) for pool in pools] for _ in range(count)]
    if tame:
        header = [*header, "y"]
        numbers = draw(st.booleans())
        rows = [
            [*row, str(random.normal()) if numbers else "pq"[at % 2]] for at, row in enumerate(rows)
        ]
    if not tame and draw(st.booleans()):
        text = "\n".join(",".join(row) for row in [header, *rows])
    else:
        stream = io.StringIO()
        csv.writer(stream, delimiter=draw(st.sampled_from(",;\t|"))).writerows([header, *rows])
        text = stream.getvalue()
    data = text.encode(draw(st.sampled_from(["utf-8", "utf-16", "utf-8-sig"])), "surrogatepass")
    return data[: draw(st.just(len(data)) | st.integers(0, len(data)))], header


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(found=files(), draws=st.data())
def test_a_hostile_file_is_read_or_refused(
    found: tuple[bytes, list[str]], draws: st.DataObject, tmp_path: Path
) -> None:
    content, header = found
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    options: dict[str, Any] = {}
    for role in ("group", "time", "split", "weights"):
        if draws.draw(st.integers(0, 9), label=role) == 0:
            options[role] = draws.draw(st.sampled_from(header))
    if draws.draw(st.booleans(), label="typed"):
        options["types"] = {draws.draw(st.sampled_from(header)): draws.draw(st.sampled_from(KINDS))}
    options["scaling"] = draws.draw(st.sampled_from(["standard", "robust", "quantile"]))
    try:
        dataset = from_file(path, target=header[-1], **options)
    except UserError:
        return
    split = dataset.replicate(0, 0)
    assert np.isfinite(split.seen(np.arange(len(split.targets), dtype=np.int32))).all()
    # controls, invisible formats, lone surrogates and separators of lines; private and unassigned ones show as boxes
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    shown = {c for line in data_lines(dataset) for c in line} - {
        "\u200c",
        "\u200d",
    }  # joiners of scripts and emoji
    assert not {unicodedata.category(character) for character in shown} & hidden
