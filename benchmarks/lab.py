"""One core's workshop: what a program's step costs, what its parts cost, and what the core can do at that moment.

A process of its own (`Crew("lab", {})` starts one for each core), single-threaded as Bridle's workers are.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.peers.serve import Measure, serve
from bridle.data import load
from bridle.data.dataset import Dataset
from bridle.engine.compiled import Shapes, build_step, encode_setting, methods_of
from bridle.engine.compiler import compiler_options
from bridle.engine.program import Program
from bridle.engine.spec import ProgramSpec, RunSpec
from bridle.engine.step import Run
from bridle.engine.width import lanes
from bridle.methods import catalogue
from bridle.methods.composition import Composition
from bridle.methods.hook_types import Batch

SQUARE = 2048
"""The side of the matrices whose product shows what the core can do."""

STREAM = 32 * 2**20
"""Numbers of the array whose sweep shows the memory's bandwidth: 128 MiB, larger than any cache."""


def program_spec(method: str, spec: dict[str, Any]) -> tuple[ProgramSpec, Dataset, RunSpec]:
    """Return what a study would compile, its data, and a run of `method`.

    Args:
        method: of the run.
        spec: `dataset`, and the other fields of a `ProgramSpec`.
    """
    composition = Composition.parse(method)
    own = tuple(n for n in composition.names if not catalogue.compiled(n).shared)
    fields = {"activation": "relu", "optimizer": "adam", **spec}
    dataset = load(fields.pop("dataset"))
    fields["widths"] = tuple(fields["widths"])
    program = ProgramSpec(methods=own, **fields)
    return program, dataset, RunSpec(composition.setting(), 1e-3, 1, 0, 0)


def xla_product(a: np.ndarray, b: np.ndarray, inner: int) -> Callable[[], Any]:
    """Return a function that computes a @ b `inner` times, each after the other."""

    def all_of_them(a: jax.Array, b: jax.Array) -> jax.Array:
        if inner == 1:
            return a @ b
        zeros = jnp.zeros((a.shape[0], b.shape[1]))
        product: jax.Array = jax.lax.fori_loop(
            0, inner, lambda i, t: t + (a + 1e-9 * t[0, 0]) @ b, zeros
        )
        return product

    on_device = jnp.asarray(a), jnp.asarray(b)
    compiled = jax.jit(all_of_them).lower(*on_device).compile(compiler_options())
    return lambda: jax.block_until_ready(compiled(*on_device))


class Lab:
    """Programs at hand, and what can be asked about them."""

    def __init__(self) -> None:
        self._programs: dict[Any, Program] = {}
        self._products: dict[Any, Any] = {}
        self._sweep: Any = None

    def answer(self, ask: str, **arguments: Any) -> dict[str, Any]:
        """Answer one request: the name of a method of this class, and its arguments."""
        answers: dict[str, Callable[..., dict[str, Any]]] = {
            "train": self.train,
            "count": self.count,
            "product": self.product,
            "bandwidth": self.bandwidth,
        }
        return answers[ask](**arguments)

    def train(
        self,
        method: str,
        spec: dict[str, Any],
        epochs: int,
        width: int | None = None,
        bare: bool = False,
        predict: bool = False,
    ) -> dict[str, Any]:
        """Train as many runs as there are lanes; return the seconds of each of the population's functions.

        Args:
            method: of all runs.
            spec: fields of a `ProgramSpec`.
            epochs: of every run.
            width: number of lanes; the program's own by default.
            bare: leave out the methods that every program holds.
            predict: predict at the end, as a study would; it has no part in the steps.
        """
        program_of, dataset, run = program_spec(method, spec)
        width = width or lanes(program_of, dataset)
        runs = [
            RunSpec(run.setting, run.learning_rate, epochs, lane, run.seed) for lane in range(width)
        ]
        key = (program_of, dataset, width, bare)
        if key not in self._programs:
            self._programs[key] = _program(program_of, width, dataset, bare)
        program = self._programs[key]
        parts: dict[str, float] = defaultdict(float)
        compiled = program.compiled
        call = compiled.call

        def timed(name: str, *rest: Any) -> Any:
            if name == "predict" and not predict:
                return np.zeros((*rest[3].shape, max(2, len(dataset.classes))), np.float32)
            started, compiling = time.perf_counter(), compiled.compile_seconds
            found = call(name, *rest)
            compiling = compiled.compile_seconds - compiling
            parts[name] += time.perf_counter() - started - compiling
            parts["compiling"] += compiling
            return found

        compiled.call = timed  # type: ignore[method-assign]
        started = time.perf_counter()
        try:
            program.train(runs)
        finally:
            compiled.call = call  # type: ignore[method-assign]
        seconds = time.perf_counter() - started - parts["compiling"]
        steps = -(-dataset.sizes.train // program_of.batch_size) * epochs * width
        return {
            "steps": steps,
            "seconds": seconds,
            "parts": dict(parts),
            "width": width,
            "step_seconds": parts["advance"] / steps,
        }

    def count(self, method: str, spec: dict[str, Any]) -> dict[str, Any]:
        """Return operations and bytes of one step of one run, as XLA counts them."""
        program_of, dataset, run = program_spec(method, spec)
        step = build_step(program_of, Shapes.of(dataset), methods_of(program_of))
        layers = len(program_of.widths)
        given = Run(
            key=jnp.zeros(2, jnp.uint32),
            h=encode_setting(step.methods, run, layers),
            learning_rate=jnp.float32(1e-3),
            epochs=jnp.int32(1),
        )
        shapes = jax.eval_shape(lambda run: (run, step.init(run)), given)
        batch = program_of.batch_size
        classes = max(2, step.network.outputs)
        examples = Batch(
            jnp.zeros((batch, *dataset.shape)), jnp.zeros((batch, classes)), jnp.zeros(batch)
        )
        compiled = (
            jax.jit(lambda run, state, examples: step.train(state, run, examples, 1))
            .lower(*shapes, examples)
            .compile(compiler_options())
        )
        cost: Any = compiled.cost_analysis()
        return {"operations": cost["flops"], "bytes": cost["bytes accessed"]}

    def product(self, shape: list[int], by: str = "xla", seconds: float = 0.3) -> dict[str, Any]:
        """Return operations per second of products `[m, k] @ [k, n]` in fp32, by XLA or by NumPy's BLAS."""
        m, k, n = shape
        if (by, m, k, n) not in self._products:
            random = np.random.default_rng(0)
            a, b = (random.normal(size=s).astype(np.float32) for s in ((m, k), (k, n)))
            # many products in a call: a small one must not be measured by the cost of calling
            inner = max(1, int(2e8 / (m * k * n))) if by == "xla" else 1
            function = xla_product(a, b, inner) if by == "xla" else lambda: a @ b
            function()
            self._products[by, m, k, n] = function, inner
        function, inner = self._products[by, m, k, n]
        calls, started = 0, time.perf_counter()
        while (passed := time.perf_counter() - started) < seconds:
            function()
            calls += 1
        return {"rate": 2.0 * m * k * n * inner * calls / passed}

    def bandwidth(self, seconds: float = 0.3) -> dict[str, Any]:
        """Return bytes per second, read and written, of x ← x + 1 in place over a large array."""
        if self._sweep is None:
            self._sweep = np.zeros(STREAM, np.float32)
        calls, started = 0, time.perf_counter()
        while (passed := time.perf_counter() - started) < seconds:
            np.add(self._sweep, 1.0, out=self._sweep)
            calls += 1
        return {"rate": 8.0 * STREAM * calls / passed}


def _program(spec: ProgramSpec, width: int, dataset: Dataset, bare: bool) -> Program:
    """Return a program; a `bare` one lacks the methods that every program holds."""
    if not bare:
        return Program(spec, width, dataset)
    with mock.patch("bridle.engine.compiled.shared_methods", return_value=()):
        return Program(spec, width, dataset)


def prepare() -> Measure:
    """Return the lab's answers."""
    return Lab().answer


if __name__ == "__main__":
    serve(prepare)
