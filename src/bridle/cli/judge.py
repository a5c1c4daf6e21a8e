"""`bridle judge`: verdicts on runs trained with anything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from bridle.cli import options as o
from bridle.cli.documents import Document
from bridle.cli.output import Output
from bridle.errors import UserError
from bridle.files import file_to_write, same_place, write_file


def judge(
    runs: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A CSV file (- is standard input), one row a run: the columns method, replicate and score.",
            show_default=False,
        ),
    ],
    design: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What replicates have in common: fresh (each has its own test examples), "
            "fixed_test (all share them; best with --predictions) or overlapping (splits of one "
            "table; needs --sizes).",
        ),
    ] = None,
    baseline: Annotated[
        str, typer.Option(metavar="METHOD", help="What the others are compared with.")
    ] = "none",
    predictions: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="A CSV file, one row for each run and test example: the columns method, "
            "replicate, example and correct (1 or 0), or score.",
        ),
    ] = None,
    sizes: Annotated[
        str | None,
        typer.Option(metavar="TRAIN,TEST", help="Rows of every overlapping split, as in 120,40."),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="ROLE=NAME,…",
            help="The columns by role, if they have other names: "
            "method=model,replicate=seed,score=test/acc.",
        ),
    ] = None,
    test_size: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Number of test examples in every replicate: bounds from below how much accuracies vary by chance, "
            "and lets the answer on a fixed test set hold for new examples.",
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What to score predictions by, such as log-loss, auroc or rmse, instead of the runs' "
            "scores; then --predictions has the columns target and p_NAME for each class, or for "
            "numbers target and prediction; and weight if examples do not all count alike.",
        ),
    ] = None,
    margin: o.MarginOption = None,
    lower_is_better: Annotated[
        bool | None,
        typer.Option(
            "--lower-is-better/--higher-is-better",
            help="Whether scores are losses or errors, if neither the column metric nor the name of "
            "the score column says so.",
        ),
    ] = None,
    looks: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,…",
            help="Numbers of replicates at each look, if replicates were added after a look; the present "
            "one last, as in 10 and then 10,30. Intervals then hold for all looks.",
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Where to write the leaderboard as CSV, or with --format the answer in that form.",
        ),
    ] = None,
    form: o.FormOption = None,
    figure: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Where to draw differences with their intervals, or the ranks of several data sets "
            "(.png, .svg or .pdf).",
        ),
    ] = None,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Judge runs trained with anything, as a comparison would.

    All methods of a replicate should share its data, split and seed, because differences are taken
    within replicates. Several data sets (a column dataset) are judged one by one, and ranked over all.
    """
    output = Output(as_json, quiet)
    split = None if sizes is None else _sizes(sizes)
    sizes_of_looks = None if looks is None else _looks(looks)
    inputs = [path for path in (runs, predictions) if path is not None]
    figure_form = None if figure is None else _format(figure)
    document = None if form is None else Document.checked(form, out, inputs)
    board = None if out is None else file_to_write(out, "out", inputs)
    picture = None if figure is None else file_to_write(figure, "figure", inputs)
    if board is not None and picture is not None and same_place(board, picture):
        raise UserError(f"--out and --figure name one file, {out}. Name two.")

    from bridle.api.judge import judge as judge_runs

    found = judge_runs(
        runs,
        design,
        baseline,
        predictions=predictions,
        sizes=split,
        test_size=test_size,
        metric=metric,
        margin=margin,
        lower_is_better=lower_is_better,
        looks=sizes_of_looks,
        columns=columns,
    )
    if document is None and board is not None:
        from bridle.files import csv_text

        write_file(board, csv_text(found.leaderboard()).encode())
    if picture is not None and figure_form is not None:
        from bridle.report.encode import encode

        write_file(picture, encode(found.figure(), figure_form))
    if document is not None:
        document.write(found.rendered(document.form), output)
        return
    if as_json:
        output.document(found.document())
        return
    found.show(output.result)
    for path in (out, figure):
        if path is not None:
            output.tell(f"Written: {path}")


def _sizes(text: str) -> tuple[int, int] | dict[str, int]:
    found = re.fullmatch(
        r"\s*(train\s*=)?\s*([1-9]\d*)\s*,\s*(test\s*=)?\s*([1-9]\d*)\s*", text, re.ASCII
    )
    if found is None or bool(found[1]) != bool(found[3]):
        raise UserError(
            argument="sizes",
            expected="the training and test rows of a split, such as 120,40",
            received=text,
        )
    train, test = int(found[2]), int(found[4])
    return {"train": train, "test": test} if found[1] else (train, test)


def _looks(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise UserError(
            argument="looks",
            expected="numbers of replicates separated by commas, the present one last, such as 10,30",
            received=text,
        )
    return [int(part) for part in parts]


def _format(path: str) -> Any:
    form = Path(path).suffix.lower().removeprefix(".")
    if form not in ("png", "svg", "pdf"):
        expected = "in .png, .svg or .pdf"
        raise UserError(argument="figure", verb="end", expected=expected, received=path)
    return form
