"""Images changed, and what convolutions make of them, written out from the papers; where things lie is our draw."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from tests.frameworks.ours import SIDES, SIZE
from tests.frameworks.pytorch_losses import shares
from tests.frameworks.pytorch_training import F, H, torch
from tests.frameworks.pytorch_weights import Shape, draws

HEIGHT, WIDTH = SIDES
AREAS, RATIO = (0.02, 0.4), 0.3
"""Random erasing's, in its paper: shares of the image, and how narrow a rectangle is at most."""


# of the inputs -------------------------------------------------------------------------------


def box(centre: Iterable[float], lengths: Iterable[float]) -> tuple[slice, ...]:
    """The pixels whose middle lies in a rectangle, as far as they are in the image."""
    ends = [
        (c - length / 2 - 0.5, c + length / 2 - 0.5)
        for c, length in zip(centre, lengths, strict=True)
    ]
    return tuple(slice(max(0, math.floor(low) + 1), max(0, math.ceil(high))) for low, high in ends)


def cut(x: Any, y: Any, step: int, h: H) -> Any:
    """Cutout: a square anywhere becomes 0 (DeVries and Taylor 2017)."""
    side = h["size"] * math.sqrt(HEIGHT * WIDTH)
    for image, centre in zip(x, draws(step, "cutout").uniform((SIZE, 2)) * SIDES, strict=True):
        image[box(centre, (side, side))] = 0
    return x, y


def pasted(x: Any, y: Any, step: int, h: H) -> Any:
    """CutMix: a rectangle of the share 1 − λ is another image's, and so much of the target (Yun et al. 2019)."""
    side = math.sqrt(1 - shares("cutmix", h["strength"])[step])
    partner = draws(step, "cutmix", "order").permutation(SIZE)
    centre = draws(step, "cutmix", "place").uniform((2,)) * SIDES
    where = (slice(None), *box(centre, (HEIGHT * side, WIDTH * side)))
    mixed = x.clone()
    mixed[where] = x[partner][where]
    left = 1 - mixed[where][0].numel() / (HEIGHT * WIDTH)
    return mixed, left * y + (1 - left) * y[partner]


def erased(x: Any, y: Any, step: int, h: H) -> Any:
    """Random erasing: a rectangle of random area and shape in some images, or some numbers of some rows, becomes 0."""

    def uniform(place: str, *further: int) -> Any:
        return draws(step, "random_erasing", place).uniform((SIZE, *further))

    low, high = AREAS
    area = low + (high - low) * uniform("area")
    chosen = uniform("chosen") < h["probability"]
    if x.ndim == 2:
        hidden = uniform("place", x.shape[1]) < area[:, None]
        return x.masked_fill(torch.tensor(hidden & chosen[:, None]), 0), y
    ratio = RATIO ** (1 - 2 * uniform("ratio"))
    for i in chosen.nonzero()[0]:
        lengths = (
            min(HEIGHT, math.sqrt(area[i] * ratio[i] * HEIGHT * WIDTH)),
            min(WIDTH, math.sqrt(area[i] / ratio[i] * HEIGHT * WIDTH)),
        )
        corner = uniform("place", 2)[i] * [HEIGHT - lengths[0], WIDTH - lengths[1]]
        x[i][box((corner[0] + lengths[0] / 2, corner[1] + lengths[1] / 2), lengths)] = 0
    return x, y


def moved(x: Any, y: Any, step: int, h: H) -> Any:
    """Augmentation: one matrix mirrors, enlarges, turns and shifts; each pixel is then displaced (Simard 2003)."""

    def signed(place: str, *further: int) -> Any:
        return 2 * torch.tensor(draws(step, "augmentation", place).uniform((SIZE, *further))) - 1

    strength = h["strength"]
    angle = strength * math.radians(h["rotation"]) * signed("rotation")
    zoom = (1 + strength * h["zoom"]) ** signed("zoom")
    side = torch.where((signed("flip") + 1) / 2 < strength * h["flip"], -1.0, 1.0)
    shift = (
        2 * strength * h["shift"] * signed("shift", 2).flip(1)
    )  # of half a side, across and down
    cos, sin, none = zoom * angle.cos(), zoom * angle.sin(), torch.zeros(SIZE)
    rows = [
        [cos * side, sin * HEIGHT / WIDTH, shift[:, 0]],
        [-sin * side * WIDTH / HEIGHT, cos, shift[:, 1]],
        [none, none, none + 1],
    ]
    there = torch.stack([torch.stack(row, 1) for row in rows], 1)
    back = torch.linalg.inv(there)[:, :2]
    grid = F.affine_grid(back, [SIZE, 1, HEIGHT, WIDTH], align_corners=False)
    noise = torch.tensor(draws(step, "augmentation", "elastic").normal((SIZE, 2, HEIGHT, WIDTH)))
    bent = smooth(smooth(noise, h["smoothness"]).mT, h["smoothness"]).mT
    grid = grid + 2 * strength * h["elastic"] * bent.flip(1).movedim(1, -1)
    return F.grid_sample(x[:, None], grid, align_corners=False)[:, 0], y


def smooth(noise: Any, smoothness: float) -> Any:
    """Noise smoothed along its last axis by a Gaussian, with its variance."""
    places = torch.arange(noise.shape[-1], dtype=torch.float64) / noise.shape[-1]
    near = torch.distributions.Normal(places[:, None], smoothness).log_prob(places).exp()
    return noise @ F.normalize(near, dim=1).T


# of activations ------------------------------------------------------------------------------


def channels_dropped(step: int, place: str, shape: Shape, h: H) -> tuple[Any, Any]:
    """Spatial dropout: whole channels of an image are dropped (Tompson et al. 2015)."""
    if len(shape) == 2:
        return 1.0, 0.0
    uniform = draws(step, "spatial_dropout", place).uniform((shape[0], 1, 1, shape[-1]))
    return (uniform >= h["rate"]) / (1 - h["rate"]), 0.0


def blocks_dropped(step: int, place: str, shape: Shape, h: H) -> tuple[Any, Any]:
    """DropBlock: squares of each channel are dropped, and an image is scaled up by what is left (Ghiasi 2018)."""
    if len(shape) == 2:
        return 1.0, 0.0
    _, height, width, _ = shape
    side = min(h["block"], height, width)
    free = (shape[0], height - side + 1, width - side + 1, shape[3])
    gamma = h["rate"] / side**2 * (height * width) / (free[1] * free[2])
    mask = torch.ones(shape, dtype=torch.float64)
    begins = draws(step, "drop_block", place).uniform(free) < gamma
    for image, row, column, channel in zip(*begins.nonzero(), strict=True):
        mask[image, row : row + side, column : column + side, channel] = 0
    left = mask.mean((1, 2, 3), keepdim=True)
    return mask / torch.where(left > 0, left, 1), 0.0
