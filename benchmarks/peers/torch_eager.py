"""PyTorch, an eager loop over one network after another; batches are cut from tensors in memory."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers import jobs
from benchmarks.peers.jobs import Setting
from benchmarks.peers.serve import Measure, serve, timed


def dense(setting: Setting, features: int, widths: list[int], outputs: int) -> nn.Sequential:
    """Return dense layers with the normalization and dropout of the setting."""
    parts: list[nn.Module] = []
    for n_in, n_out in itertools.pairwise([features, *widths]):
        parts.append(nn.Linear(n_in, n_out, bias=not setting.batch_norm))
        parts += [nn.BatchNorm1d(n_out)] if setting.batch_norm else []
        parts.append(nn.ReLU())
        parts += [nn.Dropout(setting.dropout)] if setting.dropout else []
    return nn.Sequential(*parts, nn.Linear(widths[-1], outputs))


def convolutions(side: int) -> nn.Sequential:
    """Return two convolutions with pooling, a dense layer and one of logits, as `--network cnn`."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding="same"),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding="same"),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * (side // 4) ** 2, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


def optimizer(model: nn.Module, setting: Setting, rate: float, fused: bool) -> torch.optim.Adam:
    """Return Adam; λΣw² is its `weight_decay` of 2λ on the kernels."""
    kernels = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": kernels, "weight_decay": 2 * setting.l2}, {"params": others}]
    return torch.optim.Adam(groups, lr=rate, fused=fused)


def prepare(
    data: str,
    job: str,
    batch: int,
    epochs: int,
    learning_rate: float,
    models: int,
    fused: bool = True,
) -> Measure:
    """Return what trains `models` new networks for `epochs` epochs, validating after each."""
    torch.set_num_interop_threads(1)
    (x, y), (xv, yv) = ((torch.from_numpy(a), torch.from_numpy(b)) for a, b in jobs.examples(data))
    settings = {"moons": jobs.MIXED, "mnist": jobs.FIVE, "cnn": [Setting()]}[job]
    loss_of = functional.cross_entropy
    if job == "cnn":
        side = int(x.shape[1] ** 0.5)
        x, xv = x.reshape(-1, 1, side, side), xv.reshape(-1, 1, side, side)
    if job == "moons":
        loss_of = functional.binary_cross_entropy_with_logits
        y, yv = y.float()[:, None], yv.float()[:, None]

    def right(logits: Tensor, labels: Tensor) -> Tensor:
        guess = logits > 0 if job == "moons" else logits.argmax(1)
        return (guess == labels).float()

    def run(setting: Setting) -> None:
        if job == "cnn":
            model = convolutions(side)
        else:
            widths, outputs = ([128, 128], 1) if job == "moons" else ([512, 256], 10)
            model = dense(setting, x.shape[1], widths, outputs)
        kernels = [p for p in model.parameters() if p.ndim > 1]
        adam = optimizer(model, setting, learning_rate, fused)
        for _ in range(epochs):
            model.train()
            for rows in torch.randperm(len(x)).split(batch):
                loss = loss_of(model(x[rows]), y[rows])
                if setting.l1:
                    loss = loss + setting.l1 * sum(p.abs().sum() for p in kernels)
                adam.zero_grad()
                loss.backward()
                adam.step()
            model.eval()
            with torch.inference_mode():
                for xs, ys in zip(xv.split(1000), yv.split(1000), strict=True):
                    logits = model(xs)
                    loss_of(logits, ys).item()
                    right(logits, ys).mean().item()

    chosen = jobs.spread(settings, models)

    def train() -> int:
        for setting in chosen:
            run(setting)
        return models * epochs * -(-len(x) // batch)

    return lambda: timed(train)


if __name__ == "__main__":
    serve(prepare)
