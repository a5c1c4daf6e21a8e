"""The MNIST trainings of `benchmarks/mnist.py` in Keras 3 on TensorFlow: one `fit` after another."""

from __future__ import annotations

import json
import sys

import keras
from keras import layers, regularizers

from bridle.data import load


def network(name: str) -> keras.Model:
    penalty = {
        "l1": regularizers.L1(1e-5),
        "l2": regularizers.L2(1e-4),
        "elastic_net": regularizers.L1L2(1e-5, 1e-5),
    }.get(name)
    model = keras.Sequential([layers.Input((784,))])
    for width in (512, 256):
        if name == "batch_norm":
            model.add(layers.Dense(width, use_bias=False))
            model.add(layers.BatchNormalization())
            model.add(layers.Activation("relu"))
        else:
            model.add(layers.Dense(width, activation="relu", kernel_regularizer=penalty))
        if name == "dropout":
            model.add(layers.Dropout(0.3))
    model.add(layers.Dense(10, kernel_regularizer=penalty))
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def main(epochs: int, out: str) -> None:
    dataset = load("mnist")
    split = dataset.replicate(0, 0)
    train, validation, test = (
        (split.seen(rows), split.targets[rows])
        for rows in (split.train, split.validation, split.test)
    )
    accuracies = {}
    for name in ("none", "l1", "l2", "elastic_net", "dropout", "batch_norm"):
        keras.utils.set_random_seed(0)
        model = network(name)
        model.fit(*train, batch_size=128, epochs=epochs, validation_data=validation, verbose=0)
        accuracies[name] = round(float(model.evaluate(*test, batch_size=1000, verbose=0)[1]), 4)
    with open(out, "w", encoding="utf-8") as file:
        json.dump(accuracies, file)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
