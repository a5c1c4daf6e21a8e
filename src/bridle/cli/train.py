"""`bridle train`: one method at one strength."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bridle.cli import named
from bridle.cli import options as o
from bridle.cli.output import Output
from bridle.cli.own_data import ColumnOptions
from bridle.errors import UserError, shown
from bridle.lines import command_line

if TYPE_CHECKING:
    from bridle.api.study import Study
    from bridle.verdict.measure import Measure

MOST_EPOCHS = 40
"""Maximum number of epochs in the table; of more, some are left out, which the page and --json have."""

_COLUMNS = {
    "train_loss": "train loss",
    "val_loss": "val loss",
    "train_score": "train {}",
    "val_score": "val {}",
    "penalty": "penalty",
}


@o.spread
def train(
    dataset: o.DatasetArgument,
    *,
    method: Annotated[
        list[str] | None,
        typer.Option(
            "--method",
            "--model",
            metavar="METHOD",
            help="What to train with, at its defaults unless said otherwise: batch_norm, "
            "'dropout(rate=0.5)', dropout+l2. Default: none.",
        ),
    ] = None,
    epochs: o.EpochsOrAuto = None,
    replicates: o.Replicates = 1,
    training: o.Training,
    table: ColumnOptions,
    out: o.Out = None,
    workers: o.Workers = None,
    executor: o.ExecutorName = None,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Train one method at one strength.

    Shows metrics epoch by epoch, and leaves the model and a page with curves in the study's folder.
    """
    output = Output(as_json, quiet)
    asked = training.asked()

    from bridle.cli.training import answer, begin, finish, where_to_train
    from bridle.grammar import split_outside
    from bridle.study.request import Request, make_plan

    where = where_to_train(executor, workers)
    wanted = o.joined(method) or "none"
    if len(split_outside(wanted, ",")) > 1:
        raise UserError(
            f"train takes one method; received {shown(wanted)}. To compare several: "
            f"{command_line('compare', dataset, '--methods', wanted)}"
        )
    data = named.open_data(dataset, table, asked["task"], "train")
    plan = make_plan(
        data,
        Request(
            methods=wanted,
            baseline=False,
            configurations=1,
            replicates=1 if replicates is None else replicates,
            epochs=epochs,
            **asked,
        ),
    )
    folder = begin(data, plan, out, output)
    study = finish(folder, output, where=where)
    models = model_files(study)
    if not as_json:
        show_history(study, output)
    answer(study, output, {"history": history(study), "models": models})
    if not as_json:
        for path in models:
            output.result.print(f"Model: {path}", soft_wrap=True)


def history(study: Study) -> list[dict[str, Any]]:
    """Return one record for each epoch of the selected runs."""
    return [
        {str(name): value for name, value in record.items()}
        for record in study.histories().to_dict("records")
    ]


def model_files(study: Study) -> list[str]:
    """Return where the weights of the selected runs are."""
    return [
        str(path)
        for run in study.selected.values()
        if (path := study.folder / "weights" / f"{run.name}.safetensors").is_file()
    ]


def show_history(study: Study, output: Output) -> None:
    """Print metrics by epoch: means over replicates."""
    from rich.table import Table

    from bridle.verdict.measure import measure_of

    table = Table(box=None, pad_edge=False)
    table.add_column("epoch", justify="right")
    frame = study.histories()
    if frame.empty:
        return
    means = frame.groupby("epoch")[list(_COLUMNS)].mean()
    scored = measure_of(study.dataset.task.metric, float(means["val_score"].median()))
    for title in _COLUMNS.values():
        table.add_column(title.format(scored.metric), justify="right")
    every = -(-len(means) // MOST_EPOCHS)
    for position, (epoch, row) in enumerate(means.iterrows(), start=1):
        if position == 1 or position % every == 0 or position == len(means):
            table.add_row(str(epoch), *(_cell(name, float(row[name]), scored) for name in _COLUMNS))
    if study.plan.replicates > 1:
        output.result.print(f"Means over {study.plan.replicates} replicates.")
    output.result.print(table)
    output.result.print()
    if every > 1:
        output.tell(f"Shown: one epoch in {every}. The page and --json have all of them.")


def _cell(name: str, value: float, scored: Measure) -> str:
    if value != value:
        return "–"
    return scored.score(value) if name.endswith("score") else f"{value:.4f}"
