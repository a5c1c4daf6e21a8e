"""Keras 3 on TensorFlow: `fit`, one network after another; each model is traced before it is timed."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, regularizers

from benchmarks.peers import jobs
from benchmarks.peers.jobs import Setting
from benchmarks.peers.serve import Measure, serve, timed


def dense(setting: Setting, features: int, widths: list[int], outputs: int) -> keras.Model:
    """Return dense layers, each with the penalty, normalization and dropout of the setting."""
    penalty = regularizers.L1L2(setting.l1, setting.l2) if setting.l1 or setting.l2 else None
    model = keras.Sequential([layers.Input((features,))])
    for width in widths:
        if setting.batch_norm:
            model.add(layers.Dense(width, use_bias=False))
            model.add(layers.BatchNormalization())
            model.add(layers.Activation("relu"))
        else:
            model.add(layers.Dense(width, activation="relu", kernel_regularizer=penalty))
        if setting.dropout:
            model.add(layers.Dropout(setting.dropout))
    model.add(layers.Dense(outputs, kernel_regularizer=penalty))
    return model


def convolutions(side: int) -> keras.Model:
    """Return two convolutions with pooling, a dense layer and one of logits, as `--network cnn`."""
    return keras.Sequential(
        [
            layers.Input((side, side, 1)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10),
        ]
    )


def prepare(
    data: str,
    job: str,
    batch: int,
    epochs: int,
    learning_rate: float,
    models: int,
    steps_per_execution: int = 1,
    jit: str | bool = "auto",
) -> Measure:
    """Build and trace `models` networks; a measurement trains each for `epochs` epochs."""
    (x, y), (xv, yv) = jobs.examples(data)
    settings = {"moons": jobs.MIXED, "mnist": jobs.FIVE, "cnn": [Setting()]}[job]
    if job == "cnn":
        side = int(x.shape[1] ** 0.5)
        x, xv = x.reshape(-1, side, side, 1), xv.reshape(-1, side, side, 1)
    if job == "moons":
        loss = keras.losses.BinaryCrossentropy(from_logits=True)
        y, yv = y.astype(np.float32), yv.astype(np.float32)
    else:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    networks = []
    for setting in jobs.spread(settings, models):
        if job == "cnn":
            model = convolutions(side)
        else:
            widths, outputs = ([128, 128], 1) if job == "moons" else ([512, 256], 10)
            model = dense(setting, x.shape[1], widths, outputs)
        model.compile(
            keras.optimizers.Adam(learning_rate),
            loss,
            metrics=["accuracy"],
            steps_per_execution=steps_per_execution,
            jit_compile=jit,
        )
        few = slice(0, 3 * batch)
        model.fit(x[few], y[few], batch_size=batch, validation_data=(xv, yv), verbose=0)
        networks.append(model)

    def train() -> int:
        for model in networks:
            model.fit(x, y, batch_size=batch, epochs=epochs, validation_data=(xv, yv), verbose=0)
        return models * epochs * -(-len(x) // batch)

    return lambda: timed(train)


if __name__ == "__main__":
    serve(prepare)
