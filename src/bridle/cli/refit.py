"""`bridle refit`: the model to take home, trained on all rows at the setting that a study recommends."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridle.cli import named
from bridle.cli import options as o
from bridle.cli.output import Output
from bridle.errors import UserError
from bridle.lines import command_line


def refit(
    folder: o.FolderArgument,
    method: Annotated[
        str | None,
        typer.Option(
            metavar="METHOD",
            help="A method of the study, at the setting chosen most often; or any other, as in 'dropout(rate=0.3)'. "
            "Default: what the study recommends.",
        ),
    ] = None,
    ensemble: Annotated[
        int, o.Whole(help="Number of networks whose predictions are averaged.")
    ] = 1,
    out: Annotated[
        str | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Default: model.safetensors in the study's folder."
        ),
    ] = None,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Train what a study recommends on all rows, and save the model."""
    output = Output(as_json, quiet)
    path = named.study_folder(folder)

    from bridle.api.folder import open_folder
    from bridle.api.study import Study
    from bridle.models.files import NAME, target
    from bridle.study.plan import BASELINE

    study = open_folder(path)
    if not isinstance(study, Study):
        inside = next(iter(study.studies))
        raise UserError(
            f"{path} holds several data sets, and a model is of one. Name one of them: "
            f"`{command_line('refit', path / inside)}`."
        )
    file = target(path / NAME if out is None else Path(out), "out")
    model = study.refit(method, ensemble=ensemble)
    saved = model.save(file)
    facts = dict(model.facts)
    if as_json:
        output.document({"model": str(saved), **facts})
        return
    networks = f"{ensemble} networks" if ensemble > 1 else "a network"
    by = "without regularization" if facts["method"] == BASELINE else f"with {facts['method']}"
    output.tell(
        f"trained   {networks} {by} on all {facts['rows']:,} rows, {study.plan.epochs} epochs"
    )
    if gains := facts.get("ensemble_gain"):
        mean = study.answer.measure.change(sum(gains) / len(gains))
        unit = study.answer.measure.points
        output.tell(
            f"ensemble  {mean} {unit}".rstrip()
            + f" beside one of its networks, on {len(gains)} splits"
        )
    if unfinished := facts.get("unfinished"):
        there, planned = unfinished
        output.tell(
            f"caution   the study is not finished: {there:,} of {planned:,} runs are there, and more may change the "
            f"choice. Go on with it: {command_line('resume', path)}"
        )
    output.tell(f"saved     {saved}")
    output.tell(
        f"predict   {command_line('predict', saved, Path('new.csv'), '-o', Path('predictions.csv'))}"
    )
