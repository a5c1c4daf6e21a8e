"""Write docs/methods.md from the cards of all methods: `python -m docs.methods`, or `make docs`."""

from __future__ import annotations

from pathlib import Path

from bridle.grammar import format_value
from bridle.methods.base import Hyperparameter, Method
from bridle.methods.bundles import BUNDLES, Bundle
from bridle.methods.card import FAMILIES
from bridle.methods.catalogue import METHODS
from bridle.methods.clashes import clashes_of
from bridle.methods.measured import measured
from bridle.numbers import listed

PAGE = Path(__file__).resolve().parent / "methods.md"
HEAD = """# Methods

<!-- written by `make docs` from the cards; do not edit -->

Every method can be compared (`bridle compare moons --methods none,mixup,sam`), joined with others (`dropout+l2`), and
explained (`bridle explain mixup`, with BibTeX). Its strength is tuned by a comparison; other settings keep their
defaults unless they are given: `group_lasso(by=unit)`. A strength may
[follow a schedule](write-your-own-method.md#strengths-that-follow-a-schedule): `dropout(rate=flat_cosine(0.15))`,
`dropout(rate=early)`, and act on [some layers only](write-your-own-method.md#methods-of-some-layers-only):
`l2(where=dense_0)`. [Write your own](write-your-own-method.md).

*Measured* is what a method is known for, with a 95 % interval for all of them together
([how, and where it is not found](evidence/known-effects.md)).
"""


def page() -> str:
    """Return the text of the page."""
    parts = [HEAD]
    listed = {
        title: [one for one in METHODS.built_in.values() if one.family == family]
        for family, title in FAMILIES.items()
    }
    parts.append("| family | methods |\n|---|---|")
    for title, found in listed.items():
        links = ", ".join(f"[{one.name}](#{one.name})" for one in found)
        parts[-1] += f"\n| {title} | {links} |"
    for title, found in listed.items():
        parts.append(f"\n## {title}")
        parts += [section(one) for one in found]
    parts.append(
        "\n## Bundles\n\nJoined methods under one name: `bridle compare moons --methods none,realmlp`."
    )
    parts += [bundled(one) for one in BUNDLES.values()]
    return "\n".join(parts) + "\n"


def bundled(bundle: Bundle) -> str:
    """Return what a bundle's card says, under its name.

    Args:
        bundle: one.
    """
    card = bundle.card
    lines = [
        f"\n### {bundle.name}\n",
        f"**{card.title}.** {card.summary}\n",
        f"    {bundle.methods}\n",
        f"- {card.formula}.",
        f"- **When:** {card.when}",
        f"- **Beware:** {card.beware}",
        *(f"- {paper.words}." for paper in card.papers),
    ]
    return "\n".join(lines)


def section(method: Method) -> str:
    """Return what a method's card says, under its name.

    Args:
        method: an instance.
    """
    card = method.card
    lines = [
        f"\n### {method.name}\n",
        f"**{card.title}.** {card.summary}\n",
        f"    {card.formula}\n",
    ]
    lines += [f"- {setting(one)}" for one in method.hyperparameters]
    lines += [f"- **When:** {card.when}", f"- **Beware:** {card.beware}"]
    lines += [f"- **Measured:** {one.sentence}" for one in measured(method.name)]
    lines += [f"- **Elsewhere:** {card.others}"] if card.others else []
    lines += [
        f"- **With {listed([f'[{name}](#{name})' for name in names])}:** {known.found} ({known.paper.words})."
        for known, names in clashes_of(method).items()
    ]
    lines += [f"- {paper.words}." for paper in card.papers]
    return "\n".join(lines)


def setting(declared: Hyperparameter) -> str:
    """Return what a hyperparameter is, in a line.

    Args:
        declared: by a method.
    """
    said = f"`{declared.name}={format_value(declared.default)}`: {declared.help}"
    if declared.grid:
        tried = ", ".join(map(format_value, declared.grid))
        said += f"; neutral at {format_value(declared.neutral)}; a comparison tries {tried}"
    return said + "."


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written: {PAGE.relative_to(PAGE.parents[1])}")
