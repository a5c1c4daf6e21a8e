"""Networks behind embeddings train as a plain loop in NumPy does, on bins of their own replicate, with the same bits
everywhere.

Oracle (`embedded_oracle.py`): float64, one network, gradients by hand, over 30 steps.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bridle.data.dataset import Dataset
from bridle.data.intake import from_memory
from bridle.engine.compiled import Shapes, compiled
from bridle.engine.feed import Feed
from bridle.engine.predictor import answers
from bridle.engine.program import Program
from bridle.engine.spec import HISTORY, ProgramSpec, RunSpec
from bridle.engine.width import lanes
from tests.engine.embedded_oracle import EmbeddedOracle
from tests.engine.populations import assert_all_same, assert_same, program_spec, run

EPOCHS, RATE = 10, 0.02
PLE = "mlp(embed=ple(bins=4,size=3,relu=true))"
PERIODIC = "mlp(embed=periodic(frequencies=3,sigma=0.4,size=2,relu=false))"
FRONTS: dict[str, dict[str, Any]] = {
    PLE: {"bins": 4, "size": 3, "relu": True},
    PERIODIC: {"frequencies": 3, "sigma": 0.4, "size": 2},
}
RUNS = [
    "none",
    "l1(strength=3e-3)",
    "l2(strength=1e-2,biases=true)",
    "weight_decay(strength=0.5)",
    "early_stopping(patience=2,min_delta=0.01)",
]


@functools.cache
def table() -> Dataset:
    """Numbers with ties, gaps and few values, two columns of five categories, a flag, and one that is rarely not 0."""
    random, rows = np.random.default_rng(3), 120
    frame = pd.DataFrame(
        {
            "plain": random.normal(size=rows),
            "word": np.resize(list("abcde"), rows),
            "ties": np.where(random.random(rows) < 0.7, 0.0, random.exponential(size=rows)),
            "gaps": np.where(random.random(rows) < 0.1, np.nan, random.normal(2, 3, rows)),
            "few": random.integers(0, 3, rows),
            "other": random.permutation(np.resize(list("uvwxy"), rows)),
            "flag": random.random(rows) < 0.4,
            "rare": (np.arange(rows) == 0).astype(float),
        }
    )
    score = np.sin(3 * frame["plain"]) + (frame["word"] == "a") + 0.3 * frame["few"]
    frame["y"] = np.where(score > 0.6, "yes", "no")
    return from_memory(frame, target="y")


@functools.cache
def program(spec: ProgramSpec, width: int = 4) -> Program:
    return Program(spec, width, table())


def spec(network: str, methods: str = "none") -> ProgramSpec:
    return program_spec(methods, widths=(5,), network=network)


def places() -> tuple[list[int], list[list[int]]]:
    names = table().features
    words = [[at for at, n in enumerate(names) if n.startswith(f"{w}=")] for w in ("word", "other")]
    return [names.index(name) for name in ("plain", "ties", "gaps", "few", "rare")], words


@pytest.mark.parametrize("network", [PLE, pytest.param(PERIODIC, marks=pytest.mark.long)])
def test_trains_like_a_plain_loop(network: str) -> None:
    asked = spec(network)
    runs = [
        run(text, learning_rate=RATE, epochs=EPOCHS, replicate=at) for at, text in enumerate(RUNS)
    ]
    quantities, categories = places()
    for text, one, result in zip(RUNS, runs, program(asked).train(runs), strict=True):
        oracle = EmbeddedOracle(
            quantities=quantities,
            categories=categories,
            widths=(5,),
            classes=2,
            setting={name: dict(values) for name, values in one.setting.items()},
            activation="tanh",
            learning_rate=RATE,
            replicate=one.replicate,
            **FRONTS[network],
        )
        split = table().replicate(one.replicate, 0)
        truth = oracle.train(split, EPOCHS)
        assert (result.epochs_run, result.best_epoch) == (truth.epochs_run, truth.best_epoch)
        found = dict(result.weights)
        if network == PLE:
            edges = found.pop("embed/edges")
            np.testing.assert_allclose(edges, oracle.edges, rtol=1e-5, atol=1e-6)
        assert found.keys() == truth.weights.keys()
        for name, weight in truth.weights.items():
            np.testing.assert_allclose(
                found[name], weight, rtol=1e-3, atol=3e-4, err_msg=f"{text} {name}"
            )
        for column in ("train_loss", "val_loss", "penalty"):
            np.testing.assert_allclose(
                result.history[:, HISTORY.index(column)],
                truth.history[column],
                rtol=1e-3,
                atol=3e-4,
                err_msg=f"{text} {column}",
            )
        logits = oracle.predict(truth.network, split.seen(split.test).astype(float))
        np.testing.assert_allclose(result.predictions["test"], logits, rtol=2e-3, atol=3e-3)


def test_same_bits_in_any_lane_and_company() -> None:
    asked = spec(PLE)
    runs = [run("none", epochs=3, replicate=r) for r in range(3)]
    runs.append(run("early_stopping(patience=1)", epochs=5, replicate=1))
    together = program(asked).train(runs)
    assert_all_same(program(asked).train(runs[::-1]), together[::-1])
    assert_same(program(asked).train([runs[2]])[0], together[2])
    bins = [result.weights["embed/edges"] for result in together]
    assert not np.array_equal(bins[0], bins[1])
    np.testing.assert_array_equal(bins[1], bins[3])


def edges(data: Dataset, examples: int | None = None, bucketed: bool = False) -> np.ndarray:
    """What two lanes of replicate 0 are given; nothing is compiled."""
    made = compiled(spec(PLE), Shapes.of(data, bucketed), 2)
    rows = Feed(made, data, examples, bucketed).rows([run(), run()])
    first, second = rows.constants["embed/edges"]
    np.testing.assert_array_equal(first, second)
    return np.asarray(first)


def test_bins_come_from_training_rows_alone() -> None:
    data = table()
    split = data.replicate(0, 0)
    inputs = np.array(split.inputs, np.float32)
    inputs[np.concatenate([split.validation, split.test])] = 100.0
    changed = dataclasses.replace(
        data, draw=lambda number, seed: dataclasses.replace(split, inputs=inputs)
    )
    np.testing.assert_array_equal(edges(changed), edges(data))
    np.testing.assert_array_equal(edges(data, bucketed=True), edges(data))
    # the first rows of a learning curve have bins of their own
    seen = split.seen(split.train[:20])[:, places()[0]].astype(float)
    expected = np.quantile(seen, np.linspace(0, 1, 5), axis=0).T
    np.testing.assert_allclose(edges(data, examples=20), expected, rtol=1e-6)


def predicted(asked: ProgramSpec, one: RunSpec, weights: dict[str, np.ndarray]) -> np.ndarray:
    data = table()
    split = data.replicate(one.replicate, one.seed)
    return answers(asked, Shapes.of(data), one, weights, split.seen(split.test))


@pytest.mark.long
def test_averages_and_ensembles_keep_the_bins() -> None:
    methods = "batch_norm+ema+snapshot_ensemble(cycles=2)"
    asked = spec(PLE, methods)
    asked = dataclasses.replace(asked, methods=("batch_norm", "ema", "snapshot_ensemble(cycles=2)"))
    runs = [run(text, epochs=4) for text in (methods, "batch_norm+ema(decay=0.0)")]
    for one, result in zip(runs, program(asked).train(runs), strict=True):
        kept = result.weights["embed/edges"]
        np.testing.assert_array_equal(kept, np.broadcast_to(edges(table()), kept.shape))
        found = predicted(asked, one, result.weights)
        logits = result.predictions["test"]
        np.testing.assert_allclose(
            np.log(found[:, 1] / found[:, 0]), logits[:, 1] - logits[:, 0], rtol=1e-3, atol=1e-4
        )


def test_its_numbers_take_room() -> None:
    wide = spec("mlp(embed=ple(bins=1000,size=100))")
    assert lanes(wide, table()) < lanes(spec("mlp"), table())
