"""`bridle recipe`: the recommended setting as a program of another framework."""

from __future__ import annotations

import shlex
import sys
from typing import Annotated

import typer

from bridle.cli import named
from bridle.cli import options as o
from bridle.cli.output import Output
from bridle.errors import UserError
from bridle.lines import command_line
from bridle.wording import argument


def recipe(
    folder: o.FolderArgument,
    framework: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="keras, pytorch, sklearn or optax.", show_default=False),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            metavar="METHOD",
            help="A method of the study, at the setting chosen most often; or any setting, as in 'dropout(rate=0.3)'. "
            "Default: what the study recommends.",
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="FILE", help="A Python file; by default stdout."),
    ] = None,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Write a setting as a program of Keras, PyTorch and others.

    It loads and splits the data as the study does, trains, and prints the test score; every default is written out.
    """
    output = Output(as_json, quiet)

    from bridle.recipes import framework as known

    if framework is None:
        raise UserError(
            f"{argument('framework')} is missing: keras, pytorch, sklearn or optax, as in "
            f"`{command_line('recipe', folder, '--framework', 'pytorch')}`."
        )
    asked = known(framework)
    path = named.study_folder(folder)

    from bridle.api.folder import open_folder
    from bridle.api.study import Study
    from bridle.files import file_to_write, write_file
    from bridle.recipes import recipe as recipe_of

    file = None if out is None else file_to_write(out, "out")
    if file is not None and file.suffix != ".py":
        raise UserError(argument="out", verb="end in", expected=".py", received=out)
    study = open_folder(path)
    if not isinstance(study, Study):
        inside = next(iter(study.studies))
        line = command_line("recipe", path / inside, "--framework", asked.name)
        raise UserError(
            f"{path} holds several data sets, and a recipe is of one. Name one of them: `{line}`."
        )
    program = recipe_of(study, study.answer, asked, method)
    if file is not None and file.stem in program.packages:
        raise UserError(
            f"A program {file.name} would hide the package {file.stem}, which it imports. Name it otherwise: "
            f"{argument('out', file.with_name('recipe.py'))}."
        )
    for remark in program.remarks:
        output.tell(f"! {remark}", style="yellow")
    if file is not None:
        write_file(file, program.text.encode())
        output.tell(f"written   {out}; run it: {shlex.join(['python', str(file)])}")
    if as_json:
        output.document(
            {"framework": asked.name, "program": program.text, "remarks": list(program.remarks)}
        )
    elif file is None:
        sys.stdout.write(program.text)
