"""A work repeated otherwise than it was done: every method tuned equally, other data, another network."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bridle.data import shortest
from bridle.errors import UserError
from bridle.methods.composition import Composition
from bridle.numbers import listed
from bridle.origins.experiment import Experiment
from bridle.origins.origin import Origin
from bridle.wording import argument


def varied(
    work: Origin, *, tuned: bool = False, data: str | None = None, network: str | None = None
) -> Origin:
    """Return a work as it is to be repeated.

    Its figures and rankings stay where only the settings are others: they are of its data and network.

    Args:
        work: as it was done.
        tuned: whether every method is tuned equally, instead of having the work's own settings.
        data: another data set than the work's, as `bridle.data.load` reads it.
        network: another network than the work's.

    Raises:
        UserError: the work cannot be repeated so, or there is no such data set or network.
    """
    # networks need JAX, which judging published rankings does not
    from bridle.networks.catalogue import canonical, default_widths

    given = {"tuned": tuned or None, "data": data, "network": network}
    asked = {name: value for name, value in given.items() if value is not None}
    if not asked:
        return work
    _check(work, asked)
    assert work.variations is not None
    variations, methods = work.variations, work.methods
    scales = dict(variations.tuned if tuned else work.scales)
    otherwise, named = [], []
    if network is not None:
        network = canonical(network)
        methods = tuple(variations.methods.get(label, label) for label in methods)
        otherwise.append(f"the network is {network}")
        named.append(f"with {network}")
    if data is not None:
        data = shortest(data)
        scales = {name: replace(scale, dataset=data) for name, scale in scales.items()}
        otherwise.append(f"the data set is {data}")
        named.append(f"on {data}")
    if tuned:
        methods = tuple("+".join(Composition.parse(label).names) for label in methods)
        otherwise.append("every method is tuned equally, its settings chosen on validation data")
        named.append("with every method tuned")
    labels = dict(zip(work.methods, methods, strict=True))
    same = data is None and network is None
    return replace(
        work,
        title=f"{work.title}, repeated {listed(named)}",
        question=variations.question,
        methods=methods,
        learning_rate=None if tuned else work.learning_rate,
        widths=work.widths if network is None else default_widths(network) or work.widths,
        network=network or work.network,
        unstated=(*work.unstated, f"Otherwise than in the work: {listed(otherwise)}."),
        remarks=work.remarks if data is None else (),
        published=tuple(
            replace(figure, method=labels[figure.method]) for figure in work.published if same
        ),
        claims=tuple(
            replace(claim, better=labels[claim.better], worse=labels[claim.worse])
            for claim in work.claims
            if same
        ),
        scales=scales,
    )


def choose(
    work: Origin | Experiment,
    *,
    tuned: bool = False,
    data: str | None = None,
    network: str | None = None,
) -> Origin | Experiment:
    """Return a work of either kind as it is to be repeated; see `varied`."""
    if isinstance(work, Origin):
        return varied(work, tuned=tuned, data=data, network=network)
    given = {"tuned": tuned or None, "data": data, "network": network}
    _check(work, {name for name, value in given.items() if value is not None})
    return work


def offered(work: Origin | Experiment) -> tuple[str, ...]:
    """Return the names of the options by which a work can be repeated otherwise."""
    if isinstance(work, Origin) and work.variations is not None:
        return work.variations.options
    return ()


def _check(work: Origin | Experiment, asked: Collection[str]) -> None:
    """Refuse options that a work does not offer."""
    there = offered(work)
    for option in asked:
        if option not in there:
            own = listed([argument(name) for name in there])
            raise UserError(
                f"{work.name} does not take {argument(option)}. "
                f"{f'It takes {own}.' if own else 'Leave it out.'}"
            )
