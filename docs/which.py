"""Write docs/which.md from the cards of all methods: `python -m docs.which`, or `make docs`."""

from __future__ import annotations

from pathlib import Path

from bridle.methods.base import Method
from bridle.methods.card import FAMILIES
from bridle.methods.catalogue import METHODS

PAGE = Path(__file__).resolve().parent / "which.md"
HEAD = """# Which regularizer, when

<!-- written by `make docs` from the cards of the methods; do not edit -->

No rule of thumb knows your data, so let a comparison decide. Three questions tell where to begin:

1. **Is there anything to learn, and what hinders it?** `bridle diagnose` trains the network on shuffled targets and on
   fewer examples. It says whether there is signal, whether the network memorizes, and whether more examples would help.
2. **Is there a gap?** A network that scores alike on training and test data does not overfit. Then most methods of this
   page only cost time; a larger network, more epochs or another learning rate is worth more.
3. **What does the common set say?** `bridle compare` tries eight methods that cover the families below. Where one
   family helps, compare others of it, such as `--methods none,mixup,cutmix,input_noise`.

What the usual methods did on real data stands in [what the default comparison finds](evidence/fair-default.md).

The tables say what each method is for, and where it disappoints; its name leads to formula, settings and paper.
"""


def page() -> str:
    """Return the text of the page."""
    parts = [HEAD]
    for family, title in FAMILIES.items():
        found = [one for one in METHODS.built_in.values() if one.family == family]
        parts.append(f"\n## {title}\n\n| method | when | beware |\n|---|---|---|")
        parts[-1] += "".join(f"\n{row(one)}" for one in found)
    return "\n".join(parts) + "\n"


def row(method: Method) -> str:
    """Return a method's row of its family's table.

    Args:
        method: an instance.
    """
    card = method.card
    cells = (f"[{method.name}](methods.md#{method.name})", card.when, card.beware)
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written: {PAGE.relative_to(PAGE.parents[1])}")
