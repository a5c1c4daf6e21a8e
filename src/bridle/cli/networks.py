"""`bridle networks`: what is trained."""

from __future__ import annotations

import inspect

from rich.text import Text

from bridle.cli import options as o
from bridle.cli.methods import value_text
from bridle.cli.output import Output


def networks(as_json: o.Json = False, quiet: o.Quiet = False) -> None:
    """List the networks, with their arguments."""
    output = Output(as_json, quiet)

    from bridle.networks.catalogue import NETWORKS

    output.unlisted(NETWORKS)
    kinds = NETWORKS.all().values()
    summaries = {kind.name: (inspect.getdoc(kind) or "").partition("\n\n")[0] for kind in kinds}
    if as_json:
        output.document(
            [
                {
                    "name": kind.name,
                    "summary": summaries[kind.name],
                    "arguments": [argument.document() for argument in kind.signature().arguments],
                }
                for kind in kinds
            ]
        )
        return
    for kind in kinds:
        output.result.print(Text.assemble((kind.name, "bold"), f"  {kind.adjective}"))
        output.paragraph(summaries[kind.name], indent=2)
        for argument in kind.signature().arguments:
            text = f"{argument.name}={value_text(argument.default)}: {argument.help}"
            output.paragraph(text, indent=2)
        output.result.print()
    output.result.print(
        "Arguments go in parentheses and quotes: bridle compare moons --network 'resnet_mlp(blocks=2)'",
        soft_wrap=True,
    )
