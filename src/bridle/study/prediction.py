"""Predicting with a trained network, outside any population."""

from __future__ import annotations

import numpy as np

from bridle.data.dataset import Dataset
from bridle.study.plan import PlannedRun


def predict(
    run: PlannedRun, weights: dict[str, np.ndarray], dataset: Dataset, X: np.ndarray
) -> np.ndarray:
    """Return class probabilities `[n, classes]` of raw examples `X [n, d]`, scaled as in training."""
    import jax
    import jax.numpy as jnp

    from bridle.draws import replicate_key
    from bridle.engine.program import build_step, encode_setting
    from bridle.engine.step import Run
    from bridle.methods.base import Model

    step = build_step(run.program, dataset)
    split = dataset.replicate(run.replicate, run.spec.seed)
    key = replicate_key(run.spec.seed, run.replicate)
    traced = Run(
        key=jnp.asarray(key),
        h=encode_setting(step.methods, run.spec, len(run.program.widths)),
        learning_rate=jnp.asarray(run.spec.learning_rate),
        epochs=jnp.asarray(run.spec.epochs),
    )
    trained = step.init(traced).model
    model = Model(
        {name: jnp.asarray(weights[name]) for name in trained.params},
        {name: jnp.asarray(weights[name]) for name in trained.statistics},
    )

    @jax.jit
    def probabilities(x: jax.Array) -> jax.Array:
        return jax.nn.softmax(step.predict(model, x, traced), axis=-1)

    x = (X.reshape(len(X), -1).astype(np.float32) - split.shift) * split.scale
    return np.asarray(probabilities(x.reshape(-1, *dataset.shape)))
