"""The page of a diagnosis: one file that holds everything."""

from __future__ import annotations

from bridle.diagnosis.diagnosis import Diagnosed
from bridle.diagnosis.measured import Measured
from bridle.diagnosis.quantities import Quantity
from bridle.diagnosis.wording import Wording
from bridle.networks.catalogue import in_words
from bridle.numbers import DASH, capital, duration, fixed, many, number, percent
from bridle.optimizers.catalogue import scheduled
from bridle.report.designs import design_in_words
from bridle.report.diagnosis_pictures import PICTURES
from bridle.report.figures.base import NotShownError
from bridle.report.page import pictured, render
from bridle.verdict.measure import measure_of


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
        numbers=numbers(diagnosis.measured, diagnosis.wording),
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


def numbers(m: Measured, w: Wording) -> list[tuple[str, str, str]]:
    """Return the measurements as texts: name, value, and what it is compared with."""
    share, shown = w.share, w.number
    rows = [
        (f"test {share}", shown(m.test.value), _between(m.test, w)),
        *_scored(m, w),
        (f"training {share}", shown(m.train.value), ""),
        ("training − test", *_points(m.gap, w)),
        (
            f"training {share}, permuted {w.targets}",
            shown(m.memorized),
            f"{shown(m.chance)} by chance",
        ),
        ("validation loss above its lowest", *_loss(m.rise)),
        ("training loss below guessing", *_loss(m.learned)),
        (f"test {share}, all examples − half of them", *_points(m.last_step, w)),
        (f"{m.reference or 'reference'}, test", shown(m.reference_score), ""),
        (f"… above training {share}", *_points(m.reference_lead, w)),
        ("… above the network on test examples", *_points(m.reference_gain, w)),
        *_contradicted(m, w),
        ("test rows seen in training", percent(m.duplicates, 1), ""),
        ("… nearly so", percent(m.near, 1), ""),
        (f"validation {share}, last fifth of the epochs", *_points(m.improved, w)),
        ("runs diverged", f"{m.diverged} of {m.runs}", ""),
    ]
    if m.signal is not None:
        rows.insert(1, (w.by_chance, shown(m.signal.chance), signal_p(m, w)))
    return rows


def _scored(m: Measured, w: Wording) -> list[tuple[str, str, str]]:
    """Return the test score in the targets' unit, if shares are not in it."""
    task = w.task
    if task.metric == w.own.metric:
        return []
    written = measure_of(task.metric, m.score)
    return [
        (
            f"test {written.metric}",
            written.score(m.score),
            f"{written.score(m.guessed)} by guessing",
        )
    ]


def _contradicted(m: Measured, w: Wording) -> list[tuple[str, str, str]]:
    """Return the share of contradicted labels, if predictions say how sure they are."""
    if "label noise" in w.own.without:
        return []
    return [("labels contradicted", *_share(m.contradicted))]


def signal_p(m: Measured, w: Wording) -> str:
    """Return the result of the test for signal in words."""
    assert m.signal is not None
    how = "" if m.retrained else f" of the test {w.targets}"
    return f"p = {m.signal.p:.2g}, {many(m.signal.permutations, 'permutation')}{how}"


def _facts(diagnosis: Diagnosed) -> list[tuple[str, str]]:
    plan, sizes = diagnosis.plan, diagnosis.dataset.sizes
    rates = ", ".join(number(c["learning_rate"]) for c in plan.configurations["none"])
    return [
        ("Data", plan.dataset),
        (
            "Examples",
            f"{sizes.train:,} training, {sizes.validation:,} validation, {sizes.test:,} test",
        ),
        *_about(diagnosis.wording),
        ("Replicates", f"{plan.replicates}; {design_in_words(diagnosis.dataset)}"),
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
            f"Permuted {diagnosis.wording.targets}",
            f"{many(diagnosis.permutations, 'permutation')}, the whole procedure repeated on each",
        ),
        ("Seed", str(plan.seed)),
        *(("Note", note) for note in plan.notes),
    ]


def _about(w: Wording) -> list[tuple[str, str]]:
    """Say what shares are, if that is not well known."""
    return [(capital(w.share), w.own.about)] if w.own.about else []


def _between(quantity: Quantity, w: Wording) -> str:
    return "" if quantity.low != quantity.low else w.between(quantity)


def _points(quantity: Quantity, w: Wording) -> tuple[str, str]:
    if quantity.value != quantity.value:
        return DASH, ""
    low = quantity.low
    least = "" if low != low else f"at least {w.size(low).removesuffix(f' {w.measure.points}')}"
    return w.size(quantity.value), least


def _share(quantity: Quantity) -> tuple[str, str]:
    least = "" if quantity.low != quantity.low else f"at least {percent(max(quantity.low, 0), 1)}"
    return percent(quantity.value, 1), least


def _loss(quantity: Quantity) -> tuple[str, str]:
    if quantity.value != quantity.value:
        return DASH, ""
    least = "" if quantity.low != quantity.low else f"at least {fixed(quantity.low, 3)}"
    return fixed(quantity.value, 3), least
