"""`bridle datasets`: the data sets."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text

from bridle.cli import options as o
from bridle.cli.methods import value_text
from bridle.cli.output import Output
from bridle.report.designs import DESIGNS


def datasets(
    only: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]…", help="Those of these names; by default all.", show_default=False
        ),
    ] = None,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """List the data sets, with arguments, defaults and sources."""
    output = Output(as_json, quiet)

    from bridle.data import describe, names
    from bridle.data.catalogue import DATASETS

    output.unlisted(DATASETS)
    kinds = [describe(name) for name in only or names()]
    if as_json:
        output.document([_document(kind) for kind in kinds])
        return
    console = output.result
    for kind in kinds:
        console.print(Text.assemble((kind.name, "bold"), f"  {kind.summary}"))
        lines = [
            f"{argument.name}={value_text(argument.default)}: {argument.help}"
            for argument in kind.arguments
        ]
        lines.append(f"Replicates: {DESIGNS[kind.design]}.")
        lines.append(f"Source: {kind.source}. Licence: {kind.licence}.")
        for line in lines:
            output.paragraph(line, indent=2)
        console.print()
    output.result.print(
        "Arguments go in parentheses and quotes: bridle compare 'moons(n=200,noise=0.1)'",
        soft_wrap=True,
    )


def _document(kind: Any) -> dict[str, Any]:
    """Return a data set for programs; sizes are those of the default arguments."""
    from bridle.data import load

    dataset = load(kind.name)
    return {
        "name": kind.name,
        "summary": kind.summary,
        "spec": dataset.spec,
        "task": dataset.task.kind,
        dataset.task.many: dataset.task.names,
        "features": len(dataset.features),
        "shape": dataset.shape,
        "sizes": dataset.sizes,
        "design": kind.design,
        "replicates": DESIGNS[kind.design],
        "arguments": [argument.document() for argument in kind.arguments],
        "defaults": kind.defaults,
        "source": kind.source,
        "licence": kind.licence,
    }
