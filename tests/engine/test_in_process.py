"""Programs in this process, on data in memory: what an estimator calls."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import jax
import numpy as np
import pytest
from jax import Array
from populations import assert_same, program_spec, run

from bridle.data import from_arrays
from bridle.data.dataset import Dataset, Sizes, Split
from bridle.engine.program import Program
from bridle.engine.spec import RunResult
from bridle.methods.base import Params, Values

SPEC = program_spec(widths=(5,), batch_size=8)
RUNS = [run(epochs=3), run("l2(strength=1e-2)", epochs=2, replicate=1), run("l1", epochs=4)]

COMPILED: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def listening() -> Iterator[None]:
    """Note whatever JAX compiles, by whomever."""

    def note(event: str, seconds: float, **more: object) -> None:
        if event == "/jax/core/compile/backend_compile_duration":
            COMPILED.append(event)

    jax.monitoring.register_event_duration_secs_listener(note)
    yield
    from jax._src import monitoring

    monitoring.unregister_event_duration_listener(note)


@contextmanager
def compiling_nothing() -> Iterator[None]:
    COMPILED.clear()
    yield
    assert COMPILED == []


def rows(seed: int, n: int = 40) -> Dataset:
    random = np.random.default_rng(seed)
    return from_arrays(random.normal(size=(n, 3)), np.arange(n) % 2)


@pytest.fixture(scope="module")
def trained() -> list[RunResult]:
    COMPILED.clear()
    results = Program(SPEC, 2, rows(0)).train(RUNS)
    assert COMPILED  # or the other tests would show nothing
    return results


def test_a_second_call_compiles_nothing(trained: list[RunResult]):
    with compiling_nothing():
        again = Program(SPEC, 2, rows(0)).train(RUNS)
    for one, other in zip(trained, again, strict=True):
        assert_same(one, other)


def test_other_rows_of_the_same_shapes_compile_nothing(trained: list[RunResult]):
    with compiling_nothing():
        others = Program(SPEC, 2, rows(1)).train([*RUNS, RUNS[0]])
    assert not np.array_equal(others[0].history, trained[0].history)
    assert_same(others[0], others[3])


def test_a_method_defined_anew_is_another_program(
    trained: list[RunResult], monkeypatch: pytest.MonkeyPatch
):
    from bridle.methods import catalogue
    from bridle.methods.l2 import L2

    class Stronger(L2):
        """Twice as strong under the same name."""

        name = "l2"

        def penalty(self, params: Params, h: Values) -> Array:
            return 2 * super().penalty(params, h)

    every = {**catalogue.methods(), "l2": Stronger()}
    monkeypatch.setattr(catalogue, "methods", lambda: every)
    found = Program(SPEC, 2, rows(0)).train(RUNS[:2])
    assert_same(found[0], trained[0])
    assert not np.array_equal(found[1].history, trained[1].history)


def test_data_need_no_test_rows(trained: list[RunResult]):
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
