"""Programs in this process, on data in memory: what an estimator calls."""

from __future__ import annotations

import dataclasses
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from jax import Array
from scipy.special import softmax

from bridle.data import from_arrays
from bridle.data.dataset import Dataset, Sizes, Split
from bridle.engine.program import Program
from bridle.engine.spec import RunResult
from bridle.errors import UserError
from bridle.methods.base import Method, Order
from bridle.methods.catalogue import method
from bridle.methods.hook_types import Context, Params, Slot, Values
from bridle.study.plan import PlannedRun
from bridle.study.prediction import predict_seen
from tests.engine.compilations import compilations, compiling_nothing
from tests.engine.populations import assert_same, program_spec, run

SPEC = program_spec(widths=(5,), batch_size=8)
RUNS = [run(epochs=3), run("l2(strength=1e-2)", epochs=2, replicate=1), run("l1", epochs=4)]


def rows(seed: int, n: int = 40) -> Dataset:
    random = np.random.default_rng(seed)
    return from_arrays(random.normal(size=(n, 3)), np.arange(n) % 2)


@pytest.fixture(scope="module")
def trained() -> list[RunResult]:
    with compilations() as compiled:
        results = Program(SPEC, 2, rows(0)).train(RUNS)
    assert compiled  # or the other tests would show nothing
    return results


def test_a_second_call_compiles_nothing(trained: list[RunResult]) -> None:
    with compiling_nothing():
        again = Program(SPEC, 2, rows(0)).train(RUNS)
    for one, other in zip(trained, again, strict=True):
        assert_same(one, other)


def test_other_rows_of_the_same_shapes_compile_nothing(trained: list[RunResult]) -> None:
    with compiling_nothing():
        others = Program(SPEC, 2, rows(1)).train([*RUNS, RUNS[0]])
    assert not np.array_equal(others[0].history, trained[0].history)
    assert_same(others[0], others[3])


def scaling(scale: float) -> type[Method]:
    """Return a class that has the same name as others of another scale."""

    class Mine(Method):
        name = "mine"
        order = Order.ACTIVATIONS + 90
        card = method("none").card

        def hidden(self, slot: Slot, x: Array, params: Params, h: Values, ctx: Context) -> Array:
            return scale * x if slot.kind == "logits" else x

    return Mine


def test_a_method_defined_anew_is_another_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a notebook, where a cell with a class is run again."""
    cell, data = ModuleType("cell"), rows(0)
    monkeypatch.setitem(sys.modules, "cell", cell)
    weights = []
    for scale in (1.0, 2.0, 2.0):
        vars(cell)["Mine"] = scaling(scale)
        spec, own = program_spec("cell:Mine", widths=(5,), batch_size=8), run("cell:Mine", epochs=2)
        (found,) = Program(spec, 1, data).train([own])
        weights.append(found.weights["dense_0/kernel"])
        split = data.replicate(0, 0)
        planned = PlannedRun("cell:Mine", 0, own, spec, own.name(spec, data.spec))
        predicted = predict_seen(planned, found.weights, data, split, split.seen(split.validation))
        wanted = softmax(found.predictions["validation"], axis=1)
        np.testing.assert_allclose(predicted, wanted, rtol=1e-5)
    assert not np.array_equal(weights[0], weights[1])
    np.testing.assert_array_equal(weights[1], weights[2])


def test_row_counts_of_a_bucket_predict_with_one_program() -> None:
    data, random = rows(0), np.random.default_rng(5)
    spec, own = program_spec("batch_norm", widths=(5,), batch_size=8), run("batch_norm", epochs=2)
    (found,) = Program(spec, 1, data).train([own])
    planned = PlannedRun("batch_norm", 0, own, spec, own.name(spec, data.spec))
    x = random.normal(size=(1003, 3)).astype(np.float32)

    def predicted(count: int) -> np.ndarray:
        return predict_seen(planned, found.weights, data, data.replicate(0, 0), x[:count])

    whole = predicted(1003)
    assert len(whole) == 1003
    with compiling_nothing():
        np.testing.assert_array_equal(predicted(1000), whole[:1000])
        np.testing.assert_array_equal(predicted(993), whole[:993])
    np.testing.assert_allclose(predicted(30), whole[:30], rtol=1e-5)
    assert predicted(0).shape == (0, 2)


def test_data_need_no_test_rows(trained: list[RunResult]) -> None:
    whole = rows(0)

    def draw(number: int, seed: int) -> Split:
        split = whole.replicate(number, seed)
        return dataclasses.replace(split, test=split.test[:0])

    sizes = Sizes(whole.sizes.train, whole.sizes.validation, 0)
    found = Program(SPEC, 2, dataclasses.replace(whole, sizes=sizes, draw=draw)).train(RUNS)
    for one, other in zip(trained, found, strict=True):
        np.testing.assert_array_equal(one.history, other.history)
        for name, weight in one.weights.items():
            np.testing.assert_array_equal(weight, other.weights[name])
        np.testing.assert_array_equal(
            one.predictions["validation"], other.predictions["validation"]
        )
        assert other.predictions["test"].shape == (0, 2)
        assert np.isnan([other.scores["test_score"], other.scores["test_loss"]]).all()
        kept = {key for key in one.scores if not key.startswith("test_")}
        assert {key: one.scores[key] for key in kept} == {key: other.scores[key] for key in kept}


def test_what_no_program_can_train_is_said() -> None:
    data = rows(0)
    changes: list[tuple[dict[str, Any], str]] = [
        ({"width": 0}, "width must be a whole number at least 1; received 0"),
        ({"dataset": "moons"}, r"dataset must be a data set, such as bridle\.data\.load"),
        ({"spec": program_spec(batch_size=0)}, "batch_size must be a whole number at least 1"),
        ({"spec": dataclasses.replace(SPEC, activation="rely")}, "Did you mean 'relu'"),
    ]
    for change, said in changes:
        with pytest.raises(UserError, match=said):
            Program(**{"spec": SPEC, "width": 2, "dataset": data, **change})
    program = Program(SPEC, 2, data)
    wrong: list[tuple[Any, str]] = [
        (RUNS[0], "runs must be a list of RunSpec"),
        ([*RUNS, "l1"], "runs must be a list of RunSpec"),
        ([run("dropout")], "does not hold dropout, so it cannot train a run of it; it holds early"),
        ([run(epochs=0)], "epochs must be a whole number at least 1; received 0"),
        ([run(replicate=-1)], "replicate must be a whole number at least 0; received -1"),
    ]
    for runs, said in wrong:
        with pytest.raises(UserError, match=said):
            program.train(runs)
    assert program.train([]) == []
