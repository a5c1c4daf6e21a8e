"""A convolutional network trains as a plain loop in NumPy does, with the same bits everywhere.

Oracle (`cnn_oracle.py`): float64, one network, gradients by hand, over 68 steps. Tolerances as in `test_oracle.py`.
"""

from __future__ import annotations

import numpy as np
import pytest

from bridle.engine.spec import HISTORY, ProgramSpec
from bridle.engine.width import lanes
from tests.engine.cnn_oracle import ConvolutionalOracle
from tests.engine.populations import (
    assert_all_same,
    assert_same,
    dataset,
    program,
    program_spec,
    run,
)

DIGITS = "digits(validation=0.2,test=0.2)"
FILTERS, WIDTHS, EPOCHS, RATE = (3, 4), (6,), 2, 0.02

# what one program trains together, by the methods compiled in; batch normalization under SGD, as under Adam the biases
# before it move by rounding alone
FAMILIES = {
    ("none", "adam"): [
        "none",
        "l1(strength=1e-3)",
        "l2(strength=1e-2)+weight_decay(strength=0.3)",
        "elastic_net(strength=1e-2,l1_ratio=0.3)",
        "early_stopping(patience=1,min_delta=0.5)",
    ],
    ("dropout", "adam"): ["dropout(rate=[0.5,0.1,0.3],input_rate=0.2)", "dropout(rate=0.2)"],
    ("batch_norm+dropout", "sgd"): [
        "batch_norm(momentum=0.9)",
        "batch_norm(momentum=0.5,epsilon=0.1)",
        "batch_norm(momentum=0.9)+dropout(rate=0.2)+l2(strength=1e-2)",
    ],
}


def spec(methods: str = "none", optimizer: str = "adam") -> ProgramSpec:
    return program_spec(
        methods,
        widths=WIDTHS,
        activation="tanh",
        optimizer=optimizer,
        network=f"cnn(filters=[{','.join(map(str, FILTERS))}])",
    )


@pytest.mark.long
@pytest.mark.parametrize("family", FAMILIES, ids="-".join)
def test_trains_like_a_plain_loop(family: tuple[str, str]) -> None:
    methods, optimizer = family
    asked = spec(methods, optimizer)
    runs = [run(text, learning_rate=RATE, epochs=EPOCHS) for text in FAMILIES[family]]
    split = dataset(DIGITS).replicate(0, 0)
    for text, one, result in zip(
        FAMILIES[family], runs, program(asked, data=DIGITS).train(runs), strict=True
    ):
        oracle = ConvolutionalOracle(
            side=8,
            filters=FILTERS,
            widths=WIDTHS,
            classes=10,
            setting={name: dict(values) for name, values in one.setting.items()},
            activation="tanh",
            optimizer=optimizer,
            learning_rate=RATE,
        )
        truth = oracle.train(split, EPOCHS)
        assert (result.epochs_run, result.best_epoch) == (truth.epochs_run, truth.best_epoch)
        assert result.weights.keys() == truth.weights.keys()
        for name, weight in truth.weights.items():
            np.testing.assert_allclose(
                result.weights[name], weight, rtol=1e-3, atol=2e-4, err_msg=f"{text} {name}"
            )
        examples = 1.01 / len(split.validation)
        kernels = sum(w.size for w in truth.network.weights)
        for i, column in enumerate(HISTORY):
            slack = {"train_score": examples, "val_score": examples, "exact_zeros": 1.01 / kernels}
            np.testing.assert_allclose(
                result.history[:, i],
                truth.history[column],
                rtol=1e-3,
                atol=slack.get(column, 2e-4),
                err_msg=f"{text} {column}",
            )


RUNS = [
    run("none", epochs=2),
    run("l1(strength=1e-3)", epochs=3),
    run("early_stopping(patience=1)", learning_rate=0.1, epochs=4, replicate=1),
    run("weight_decay", epochs=1, replicate=2),
    run("none", epochs=2, seed=5),
]


def test_bits_do_not_depend_on_company() -> None:
    """Alone, together with recycled lanes, backwards, and beside a run that diverges."""
    one = program(spec(), data=DIGITS)
    alone = [one.train([asked])[0] for asked in RUNS]
    assert_all_same(one.train(RUNS), alone)
    assert_all_same(one.train(RUNS[::-1]), alone[::-1])
    diverging = run("none", learning_rate=1e30, epochs=3)
    results = one.train([diverging, *RUNS[:2], diverging, RUNS[3]])
    assert results[0].diverged
    assert_all_same([results[i] for i in (1, 2, 4)], [alone[i] for i in (0, 1, 3)])


@pytest.mark.slow
def test_neutral_strengths_are_none_in_other_programs() -> None:
    (baseline,) = program(spec(), data=DIGITS).train([RUNS[0]])
    (dropout,) = program(spec("dropout"), data=DIGITS).train([run("dropout(rate=0)", epochs=2)])
    (augmentation,) = program(spec("augmentation"), data=DIGITS).train(
        [run("augmentation(strength=0)", epochs=2)]
    )
    assert_same(dropout, baseline)
    assert_same(augmentation, baseline)


def test_the_network_is_part_of_a_run_s_name() -> None:
    asked = RUNS[0]
    names = {
        asked.name(program_spec(network=n), DIGITS) for n in ("mlp", "cnn", "cnn(filters=[8])")
    }
    assert len(names) == 3


def test_images_count_when_lanes_are_chosen() -> None:
    small, large = (
        lanes(program_spec(widths=(64,), batch_size=batch, network="cnn"), dataset(DIGITS))
        for batch in (32, 1024)
    )
    assert small > large == 1
