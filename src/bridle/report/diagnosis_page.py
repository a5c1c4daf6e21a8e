"""The page of a diagnosis: one file that holds everything."""

from __future__ import annotations

from bridle.diagnosis.diagnosis import Diagnosed
from bridle.diagnosis.measured import Measured
from bridle.diagnosis.quantities import Quantity
from bridle.networks.catalogue import in_words
from bridle.numbers import DASH, duration, fixed, many, number, percent, percents
from bridle.optimizers.catalogue import scheduled
from bridle.report.diagnosis_pictures import PICTURES
from bridle.report.figures.base import NotShownError
from bridle.report.page import pictured, render


def page(diagnosis: Diagnosed) -> str:
    """Return the page as text."""
    pictures = []
    for picture in PICTURES:
        try:
            pictures.append(pictured(picture, picture.collect(diagnosis)))
        except NotShownError:
            continue
    sentences = diagnosis.sentences
    return render(
        "diagnosis.html.jinja",
        header=header(diagnosis),
        title=f"What hinders learning on {diagnosis.dataset.name}?",
        first=sentences[0],
        more=" ".join(sentences[1:]),
        found=diagnosis.found,
        numbers=numbers(diagnosis.measured),
        pictures=pictures,
        facts=_facts(diagnosis),
        signal=diagnosis.measured.signal is None or diagnosis.measured.signal.found,
    )


def header(diagnosis: Diagnosed) -> str:
    """Return the line at the top."""
    parts = [
        diagnosis.dataset.name,
        many(diagnosis.plan.replicates, "replicate"),
        many(diagnosis.permutations, "permutation"),
        f"{many(len(diagnosis.trained), 'run')} in {duration(diagnosis.seconds)}",
    ]
    return " · ".join(parts)


def numbers(m: Measured) -> list[tuple[str, str, str]]:
    """Return the measurements as texts: name, value, and what it is compared with."""
    rows = [
        ("test accuracy", percent(m.test.value, 1), _between(m.test)),
        ("training accuracy", percent(m.train.value, 1), ""),
        ("training − test", *_points(m.gap)),
        ("training accuracy, permuted labels", percent(m.memorized, 1), _by_chance(m)),
        ("validation loss above its lowest", *_nats(m.rise)),
        ("training loss below guessing", *_nats(m.learned)),
        ("test accuracy, all examples − half of them", *_points(m.last_step)),
        (f"{m.reference or 'reference'}, test", percent(m.reference_score, 1), ""),
        ("… above training accuracy", *_points(m.reference_lead)),
        ("… above the network on test examples", *_points(m.reference_gain)),
        ("labels contradicted", *_share(m.contradicted)),
        ("test rows seen in training", percent(m.duplicates, 1), ""),
        ("… nearly so", percent(m.near, 1), ""),
        ("validation accuracy, last fifth of the epochs", *_points(m.improved)),
        ("runs diverged", f"{m.diverged} of {m.runs}", ""),
    ]
    if m.signal is not None:
        rows.insert(1, ("by chance", percent(m.signal.chance, 1), signal_p(m)))
    return rows


def signal_p(m: Measured) -> str:
    """Return the result of the test for signal in words."""
    assert m.signal is not None
    how = "" if m.retrained else " of the test labels"
    return f"p = {m.signal.p:.2g}, {many(m.signal.permutations, 'permutation')}{how}"


def _facts(diagnosis: Diagnosed) -> list[tuple[str, str]]:
    plan, sizes = diagnosis.plan, diagnosis.dataset.sizes
    rates = ", ".join(number(c["learning_rate"]) for c in plan.configurations["none"])
    designs = {
        "fresh": "every replicate draws its own data",
        "fixed_test": "all replicates share the test set",
        "overlapping": "every replicate splits the same table anew",
    }
    return [
        ("Data", plan.dataset),
        (
            "Examples",
            f"{sizes.train:,} training, {sizes.validation:,} validation, {sizes.test:,} test",
        ),
        ("Replicates", f"{plan.replicates}; {designs[plan.design]}"),
        ("Network", in_words(plan.network, plan.widths, plan.activation)),
        ("Arithmetic", plan.arithmetic),
        (
            "Training",
            f"{plan.optimizer}, batches of {plan.batch_size}, {many(plan.epochs, 'epoch')}",
        ),
        (
            "Learning rates",
            f"{rates}{scheduled(plan.schedule)}; in each replicate the best on its validation data",
        ),
        (
            "Permuted labels",
            f"{many(diagnosis.permutations, 'permutation')}, the whole procedure repeated on each",
        ),
        ("Seed", str(plan.seed)),
        *(("Note", note) for note in plan.notes),
    ]


def _by_chance(m: Measured) -> str:
    return f"{percent(m.chance, 1)} by chance"


def _between(quantity: Quantity) -> str:
    if quantity.low != quantity.low:
        return ""
    return percents(quantity.low, quantity.high)


def _points(quantity: Quantity) -> tuple[str, str]:
    if quantity.value != quantity.value:
        return DASH, ""
    least = "" if quantity.low != quantity.low else f"at least {fixed(100 * quantity.low)}"
    return f"{fixed(100 * quantity.value)} points", least


def _share(quantity: Quantity) -> tuple[str, str]:
    least = "" if quantity.low != quantity.low else f"at least {percent(max(quantity.low, 0), 1)}"
    return percent(quantity.value, 1), least


def _nats(quantity: Quantity) -> tuple[str, str]:
    if quantity.value != quantity.value:
        return DASH, ""
    least = "" if quantity.low != quantity.low else f"at least {fixed(quantity.low, 3)}"
    return fixed(quantity.value, 3), least
