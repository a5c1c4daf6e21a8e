"""No regularization: the baseline of every comparison."""

from bridle.methods.base import Method, Order, Usual
from bridle.methods.card import Card
from bridle.methods.counterparts import Counterpart, in_frameworks


class NoRegularization(Method):
    """The network without regularization. Its configurations are spent on the learning rate."""

    name = "none"
    aliases = ("baseline", "no_regularization", "unregularized", "vanilla")
    order = Order.NORMALIZATION + 99
    shared = True
    color, marker = "#707070", "o"
    usual = Usual(place=0, rank=0)
    card = Card(
        title="No regularization",
        summary="Trains the network as it is; every other method is compared with it.",
        formula="minimize the data loss",
        when="As the baseline, always.",
        beware="A baseline that nobody tuned flatters every method: here it gets as many "
        "configurations as each of them, spent on the learning rate.",
        elsewhere={},
    )
    counterparts = in_frameworks(
        keras=Counterpart(), optax=Counterpart(), pytorch=Counterpart(), sklearn=Counterpart()
    )
