"""Real tables by the commands alone: a comparison, its network, predictions of new rows, the same from ONNX."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest

Run = Callable[..., tuple[int, str, str]]
TABLES = sorted(Path(os.environ.get("BRIDLE_DATA", "")).glob("*/*.csv.gz"))
pytestmark = pytest.mark.slow


def given(session: onnxruntime.InferenceSession, rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Rows of a file as an exported model reads them: numbers as numbers, all else as the file's text."""
    return {
        wanted.name: rows[wanted.name].to_numpy(object)[:, None]
        if wanted.type == "tensor(string)"
        else pd.to_numeric(rows[wanted.name]).to_numpy(np.float64)[:, None]
        for wanted in session.get_inputs()
    }


@pytest.mark.skipif(not TABLES, reason="BRIDLE_DATA names no folder of tables")
@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name.removesuffix(".csv.gz"))
def test_a_table_becomes_predictions(path: Path, bridle: Run, tmp_path: Path) -> None:
    texts = pd.read_csv(path, dtype=str, keep_default_na=False)
    new = texts.index.isin(texts.sample(frac=0.2, random_state=0).index)
    texts[~new].to_csv("rows.csv", index=False)
    texts[new].drop(columns="target").to_csv("new.csv", index=False)
    for words in (
        ("compare", "rows.csv", "--target", "target", "--quick", "--out", "study", "--quiet"),
        ("refit", "study", "-o", "model"),
        ("predict", "model.safetensors", "new.csv", "-o", "out.csv"),
        ("export", "model.safetensors"),
    ):
        status, _, said = bridle(*words)
        assert status == 0, said
    assert (tmp_path / "study" / "report.html").is_file()
    found = pd.read_csv("out.csv")
    session = onnxruntime.InferenceSession("model.onnx")
    rows = pd.read_csv("new.csv", dtype=str, keep_default_na=False)
    outputs = session.run(None, given(session, rows))
    if len(outputs) == 1:
        spread = found["prediction"].std()
        assert np.abs(outputs[0].ravel() - found["prediction"]).max() < 1e-5 * spread
    else:
        probabilities = found.filter(like="p_").to_numpy()
        np.testing.assert_allclose(outputs[1], probabilities, atol=1e-5)
        assert list(map(str, outputs[0])) == list(map(str, found["prediction"]))
