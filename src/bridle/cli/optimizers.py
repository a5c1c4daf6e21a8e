"""`bridle optimizers`: the optimizers and learning-rate schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.text import Text

from bridle.cli import options as o
from bridle.cli.methods import value_text
from bridle.cli.output import Output

if TYPE_CHECKING:
    from bridle.methods.arguments import Declared


def optimizers(as_json: o.Json = False, quiet: o.Quiet = False) -> None:
    """List the optimizers and learning-rate schedules."""
    output = Output(as_json, quiet)

    from bridle.methods.schedules.catalogue import SCHEDULES
    from bridle.optimizers.catalogue import OPTIMIZERS, schedules
    from bridle.optimizers.catalogue import optimizers as known

    output.unlisted(OPTIMIZERS, SCHEDULES)
    if as_json:
        output.document(
            {
                "optimizers": [as_document(kind) for kind in known().values()],
                "schedules": [as_document(kind) for kind in SCHEDULES.all().values()],
            }
        )
        return
    _list("Optimizers: --optimizer", known(), output)
    _list("Learning-rate schedules: --schedule", schedules(), output)
    others = {name: kind for name, kind in SCHEDULES.all().items() if not kind.of_rates}
    _list("Schedules of strengths alone: dropout(rate=early)", others, output)
    output.paragraph(
        "Arguments go in parentheses and quotes: "
        "bridle compare moons --optimizer 'sgd(momentum=0.8)' --schedule 'cosine(warmup=0.05)'"
    )
    output.result.print("More about one: bridle explain adamw", soft_wrap=True)


def _list(title: str, kinds: Mapping[str, type[Declared]], output: Output) -> None:
    output.result.print(title, style="bold", soft_wrap=True)
    width = max(map(len, kinds)) + 2
    for kind in kinds.values():
        line = Text.assemble((f"{kind.name:{width}}", "bold"), kind.card.title)
        output.result.print(line, soft_wrap=True)
        output.paragraph(kind.card.summary, indent=width)
        defaults = ", ".join(
            f"{a.name}={value_text(a.default)}" for a in kind.signature().arguments
        )
        if defaults:
            output.paragraph(defaults, indent=width)
    output.result.print()


def as_document(kind: type[Declared]) -> dict[str, Any]:
    """Return an optimizer or schedule for programs."""
    from bridle.methods.schedules.base import Schedule

    card = kind.card
    return {
        "name": kind.name,
        "title": card.title,
        "summary": card.summary,
        "formula": card.formula,
        "when": card.when,
        "beware": card.beware,
        "elsewhere": card.elsewhere,
        "paper": card.paper,
        "bibtex": [paper.bibtex for paper in card.papers],
        **({"of_rates": kind.of_rates} if issubclass(kind, Schedule) else {}),
        "arguments": [argument.document() for argument in kind.signature().arguments],
    }
