"""`bridle metrics`: what predictions are scored by."""

from __future__ import annotations

from rich.text import Text

from bridle.cli import options as o
from bridle.cli.output import Output


def metrics(as_json: o.Json = False, quiet: o.Quiet = False) -> None:
    """List the metrics, with the tasks that they score."""
    output = Output(as_json, quiet)

    from bridle.metrics.catalogue import REGISTRY

    output.unlisted(REGISTRY)
    known = REGISTRY.all().values()
    if as_json:
        output.document(
            [
                {
                    "name": metric.name,
                    "words": metric.words,
                    "help": metric.help,
                    "task": metric.task,
                    "better": "lower" if metric.lower else "higher",
                }
                for metric in known
            ]
        )
        return
    for metric in known:
        better = "lower" if metric.lower else "higher"
        about = f"  of a {metric.task}; {better} is better"
        output.result.print(Text.assemble((metric.name, "bold"), about), soft_wrap=True)
        output.paragraph(f"{metric.help[:1].upper()}{metric.help[1:]}.", indent=2)
    output.result.print()
    output.result.print("Compare by one: bridle compare moons --metric log-loss", soft_wrap=True)
