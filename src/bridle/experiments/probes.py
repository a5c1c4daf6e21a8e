"""What the trained networks of a study are like: quantities of one network that need its weights and predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from bridle.data.dataset import Split
from bridle.data.randomness import generator
from bridle.engine.compiled import Shapes
from bridle.engine.predictor import answers, beginning, function
from bridle.experiments import measures
from bridle.experiments.measures import Arrays
from bridle.experiments.paired import EXAMPLES, StatementMeasure, each
from bridle.origins import Case
from bridle.statistics.checks import Floats
from bridle.study.reader import StudyReader

REPEATS = 5
"""How often something random is done to a network or its examples; the mean counts."""

Predict = Callable[[Arrays, npt.NDArray[np.float32]], Floats]


def _split(study: StudyReader, replicate: int) -> Split:
    return study.dataset.replicate(replicate, study.plan.seed)


def _test(
    study: StudyReader, replicate: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int_]]:
    """Return test examples as the network sees them, and their classes."""
    split = _split(study, replicate)
    rows = split.test[:EXAMPLES]
    return split.seen(rows), split.targets[rows]


def _predict(study: StudyReader, label: str, replicate: int) -> Predict:
    """Return what predicts probabilities `[n, K]` by any weights of the selected run's program."""
    run, shapes = study.selected[label, replicate], Shapes.of(study.dataset)

    def predict(weights: Arrays, x: npt.NDArray[np.float32]) -> Floats:
        return answers(run.program, shapes, run.spec, weights, x).astype(np.float64)

    return predict


def _accuracy(probabilities: Floats, classes: npt.NDArray[np.int_]) -> float:
    return float((probabilities.argmax(axis=1) == classes).mean())


def units(study: StudyReader, label: str, replicate: int) -> Floats:
    """Return the first hidden layer's activations on test examples."""
    x, _ = _test(study, replicate)
    return measures.hidden(study.weights(label, replicate), x, study.plan.activation)


def removal(study: StudyReader, label: str, replicate: int, case: Case) -> float:
    """Return the accuracy that is lost when a random half of what the first layer hands on is removed.

    Units of a dense layer, channels of a convolution.
    """
    x, classes = _test(study, replicate)
    weights, predict = study.weights(label, replicate), _predict(study, label, replicate)
    random = generator(study.plan.seed, replicate, "removed units")
    following = next(name for name in ("conv_1/kernel", "dense_1/kernel") if name in weights)
    kernel = weights[following]
    after = []
    for _ in range(REPEATS):
        kept = random.permutation(kernel.shape[-2]) < kernel.shape[-2] / 2
        # the half that is left counts twice, so that the next layer's inputs keep their size
        changed = {**weights, following: kernel * (2.0 * kept[:, None]).astype(np.float32)}
        after.append(_accuracy(predict(changed, x), classes))
    return _accuracy(predict(weights, x), classes) - float(np.mean(after))


def _without_block(study: StudyReader, label: str, replicate: int, case: Case) -> float:
    """Return the accuracy that is lost when one residual block hands on its input alone, the mean over blocks."""
    x, classes = _test(study, replicate)
    weights, predict = study.weights(label, replicate), _predict(study, label, replicate)
    after = [
        _accuracy(
            predict({**weights, **{at: 0 * weights[at] for at in (name, _bias(name))}}, x), classes
        )
        for name in weights
        if name.startswith("block_") and name.endswith("/dense_1/kernel")
    ]
    return _accuracy(predict(weights, x), classes) - float(np.mean(after))


def _bias(kernel: str) -> str:
    return kernel.removesuffix("kernel") + "bias"


def _slopes(study: StudyReader, label: str, replicate: int) -> Callable[..., jax.Array]:
    """Return the gradient of a weighted sum of log-probabilities with respect to examples."""
    run, shapes = study.selected[label, replicate], Shapes.of(study.dataset)
    f = function(run.program, shapes, run.spec, study.weights(label, replicate))

    def total(x: jax.Array, weight: jax.Array, logarithm: bool) -> jax.Array:
        p = f(x.reshape(-1, *shapes.example))
        return (weight * (jnp.log(jnp.maximum(p, 1e-30)) if logarithm else p)).sum()

    return jax.grad(total)


def _sensitivity(study: StudyReader, label: str, replicate: int, case: Case) -> float:
    """Return the root mean square over test examples of the Frobenius norm of ∂p/∂x."""
    x, _ = _test(study, replicate)
    slopes, outputs = _slopes(study, label, replicate), study.dataset.classes
    squares = 0.0
    for k in range(len(outputs)):
        weight = jnp.zeros(len(outputs)).at[k].set(1.0)
        found = np.asarray(slopes(jnp.asarray(x), weight, False), np.float64)
        squares += float((found**2).sum()) / len(x)
    return float(np.sqrt(squares))


def _attacked(study: StudyReader, label: str, replicate: int, case: Case) -> float:
    """Return the accuracy on test examples that are moved by ε·sign of the loss's gradient."""
    x, classes = _test(study, replicate)
    truth = jnp.asarray(np.eye(len(study.dataset.classes), dtype=np.float32)[classes])
    slope = np.asarray(_slopes(study, label, replicate)(jnp.asarray(x), truth, True))
    moved = x - np.float32(case.options["epsilon"]) * np.sign(slope)
    predict = _predict(study, label, replicate)
    return _accuracy(predict(study.weights(label, replicate), moved), classes)


def _sharpness(study: StudyReader, label: str, replicate: int, case: Case) -> float:
    """Return by how much the training loss rises under noise on the weights."""
    split = _split(study, replicate)
    rows = split.train[:EXAMPLES]
    x, classes = split.seen(rows), split.targets[rows]
    weights, predict = study.weights(label, replicate), _predict(study, label, replicate)
    random = generator(study.plan.seed, replicate, "moved weights")

    def loss(given: Arrays) -> float:
        p = predict(given, x)[np.arange(len(rows)), classes]
        return float(-np.log(np.maximum(p, 1e-30)).mean())

    share = case.options["share"]
    after = [loss(measures.perturbed(weights, share, random)) for _ in range(REPEATS)]
    return float(np.mean(after)) - loss(weights)


def _erased(study: StudyReader, label: str, replicate: int, case: Case) -> float:
    """Return the accuracy on test images with an erased square."""
    x, classes = _test(study, replicate)
    images = x.reshape(-1, *study.dataset.shape)
    random = generator(study.plan.seed, replicate, "erased squares")
    weights, predict = study.weights(label, replicate), _predict(study, label, replicate)
    share = case.options["share"]
    return float(
        np.mean(
            [
                _accuracy(predict(weights, measures.erased(images, share, random)), classes)
                for _ in range(REPEATS)
            ]
        )
    )


def _swapped(study: StudyReader, label: str, replicate: int, case: Case) -> float:
    """Return the accuracy on test rows of which some numbers come from other rows."""
    x, classes = _test(study, replicate)
    random = generator(study.plan.seed, replicate, "swapped numbers")
    weights, predict = study.weights(label, replicate), _predict(study, label, replicate)
    share = case.options["share"]
    return float(
        np.mean(
            [
                _accuracy(predict(weights, measures.swapped(x, share, random)), classes)
                for _ in range(4 * REPEATS)
            ]
        )
    )


def _distance(study: StudyReader, label: str, replicate: int, case: Case) -> float:
    """Return how far the kernels moved in training."""
    run = study.selected[label, replicate]
    first = beginning(run.program, Shapes.of(study.dataset), run.spec)
    return measures.distance(study.weights(label, replicate), first)


def _entropy(study: StudyReader, label: str, replicate: int, case: Case) -> float:
    x, _ = _test(study, replicate)
    predict = _predict(study, label, replicate)
    return measures.entropy(predict(study.weights(label, replicate), x))


def _overlap(study: StudyReader, label: str, replicate: int, case: Case) -> float:
    weights = study.weights(label, replicate)
    hidden = [f"dense_{i}/kernel" for i in range(len(study.plan.widths))]
    return float(np.mean([measures.overlap(weights[name]) for name in hidden]))


def _spread(study: StudyReader, label: str, replicate: int, case: Case) -> float:
    found = measures.lengths(study.weights(label, replicate))
    return float(found.std() / found.mean())


PROBES: Mapping[str, StatementMeasure] = {
    "silent": StatementMeasure(
        "activations exactly zero, first layer",
        "%",
        each(lambda s, m, r, c: float((units(s, m, r) == 0).mean())),
    ),
    "activity": StatementMeasure(
        "mean square of activations, first layer",
        "%",
        each(lambda s, m, r, c: float((units(s, m, r) ** 2).mean()), higher=False, relative=True),
        higher=False,
        relative=True,
    ),
    "mean_activation": StatementMeasure(
        "mean activation, first layer",
        "",
        each(lambda s, m, r, c: float(units(s, m, r).mean()), higher=False),
        higher=False,
    ),
    "sensitivity": StatementMeasure(
        "slope of the probabilities in the inputs",
        "",
        each(_sensitivity, higher=False),
        higher=False,
    ),
    "attacked": StatementMeasure(
        "accuracy on attacked test examples (FGSM)", "points", each(_attacked)
    ),
    "sharpness": StatementMeasure(
        "rise of the training loss under noise on the weights",
        "",
        each(_sharpness, higher=False),
        higher=False,
    ),
    "erased": StatementMeasure(
        "accuracy on test images with an erased square", "points", each(_erased)
    ),
    "swapped": StatementMeasure(
        "accuracy on test rows with swapped numbers", "points", each(_swapped)
    ),
    "block": StatementMeasure(
        "accuracy lost without a residual block",
        "points",
        each(_without_block, higher=False),
        higher=False,
    ),
    "distance": StatementMeasure(
        "distance from the first weights",
        "%",
        each(_distance, higher=False, relative=True),
        higher=False,
        relative=True,
    ),
    "entropy": StatementMeasure("entropy of the predictions", "nats", each(_entropy)),
    "overlap": StatementMeasure(
        "mean absolute cosine of two units' weights",
        "",
        each(_overlap, higher=False),
        higher=False,
    ),
    "longest": StatementMeasure(
        "largest norm of a unit's weights",
        "",
        each(
            lambda s, m, r, c: float(measures.lengths(s.weights(m, r)).max()),
            higher=False,
        ),
        higher=False,
    ),
    "lengths": StatementMeasure(
        "spread of the norms of units' weights over their mean",
        "",
        each(_spread, higher=False),
        higher=False,
    ),
    "negative": StatementMeasure(
        "negative weights",
        "%",
        each(lambda s, m, r, c: measures.negative(s.weights(m, r)), higher=False),
        higher=False,
    ),
}
"""Measures by name: each is of one network."""
