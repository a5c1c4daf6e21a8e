"""The multilayer perceptron."""

from __future__ import annotations

import itertools
import math

from jax import Array

from bridle.methods.hook_types import Params, Shape, Slot
from bridle.networks import MLP_NAME
from bridle.networks.base import ACTIVATIONS, At, Network
from bridle.networks.dense import dense


class MLP(Network):
    """Dense layers with one activation function, and a dense layer of logits.

    Parameters: `dense_0/kernel [in, out]`, `dense_0/bias [out]` and so on, the logits' last. Examples are flattened
    before the input slot.
    """

    name = MLP_NAME
    aliases = ("dense", "fc", "fully_connected")
    adjective = "fully connected"
    embeds = True

    def slots(self) -> list[Slot]:
        """Return the slots: the input, each layer before and after its activation, the logits."""
        hidden = [
            Slot(kind, i, width, f"dense_{i}/{kind}")
            for i, width in enumerate(self.widths)
            for kind in ("pre", "post")
        ]
        first = Slot("input", 0, math.prod(self.shape), "input")
        last = Slot("logits", len(self.widths), self.columns, "logits")
        return [first, *hidden, last]

    def shapes(self) -> dict[str, Shape]:
        """Return the shapes of the parameters by name."""
        sizes = (math.prod(self.shape), *self.widths, self.outputs)
        found: dict[str, Shape] = {}
        for i, (n_in, n_out) in enumerate(itertools.pairwise(sizes)):
            found[f"dense_{i}/kernel"] = (n_in, n_out)
            found[f"dense_{i}/bias"] = (n_out,)
        return found

    def apply(self, params: Params, x: Array, at: At) -> Array:
        """Return the logits `[B, K]` of examples `x [B, *shape]`."""
        slots = iter(self.slots())
        activation = ACTIVATIONS[self.activation]
        x = at(next(slots), x.reshape(x.shape[0], -1))
        for i in range(len(self.widths)):
            x = at(next(slots), self._dense(params, i, x))
            x = at(next(slots), activation(x))
        return at(next(slots), self.returned(self._dense(params, len(self.widths), x)))

    def _dense(self, params: Params, i: int, x: Array) -> Array:
        kernel, bias = params[f"dense_{i}/kernel"], params[f"dense_{i}/bias"]
        return dense(x, kernel, bias, self.precision)

    def picture(self) -> str:
        """Return the layers' units, from the features to the logits: `64 → 128 → 10`."""
        return " → ".join(map(str, (math.prod(self.shape), *self.widths, self.outputs)))
