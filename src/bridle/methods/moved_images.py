"""Images moved as augmentation moves them, in other frameworks: functions that recipes write."""

_SMOOTHING = """{% if elastic %}


def smoothing(side):
    # by a Gaussian; every variance stays
    apart = np.subtract.outer(np.arange(side), np.arange(side)) / side
    weights = np.exp(-0.5 * (apart / {{ smoothness }}) ** 2)
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    return {{ KIND }}
{% endif %}"""

MOVED_IN_JAX = """
{% if shape | length > 1 %}
def moved(key, image):
    # rotated and shifted at random, with 0 from outside
    keys = jax.random.split(key, 5)
    most, sides = np.deg2rad({{ strength * rotation }}), jnp.array(image.shape[:2])
    angle = jax.random.uniform(keys[0], minval=-most, maxval=most)
    shift = {{ strength * shift }} * sides * jax.random.uniform(keys[1], 2, minval=-1, maxval=1)
    middle, cos, sin = (sides - 1) / 2, jnp.cos(angle), jnp.sin(angle)
    turn = jnp.array([[cos, sin], [-sin, cos]])
{% if zoom %}
    # enlarged, or made smaller
    turn = turn / {{ 1 + strength * zoom }} ** jax.random.uniform(keys[2], minval=-1, maxval=1)
{% endif %}
{% if flip %}
    # mirrored left to right
    mirrored = jax.random.bernoulli(keys[3], {{ strength * flip }})
    turn = turn.at[1].multiply(jnp.where(mirrored, -1, 1))
{% endif %}
    pixels = jnp.indices(image.shape[:2]) - (middle + shift)[:, None, None]
    places = jnp.tensordot(turn, pixels, 1) + middle[:, None, None]
{% if elastic %}
    # smoothed noise moves every pixel by itself
    noise = jax.random.normal(keys[4], (2, *image.shape[:2]))
    noise = smoothing(image.shape[0]) @ noise @ smoothing(image.shape[1]).T
    places = places + {{ strength * elastic }} * sides[:, None, None] * noise
{% endif %}

    def one(channel):
        return jax.scipy.ndimage.map_coordinates(channel, list(places), order=1)

    return {{ "one(image)" if shape | length == 2 else "jax.vmap(one, 2, 2)(image)" }}
SMOOTHING{% endif %}""".replace("SMOOTHING", _SMOOTHING.replace("{{ KIND }}", "jnp.array(weights)"))
"""Augmentation of an image in JAX."""

MOVED_IN_TORCH = """
{% if shape | length > 1 %}
def moved(images):
    # rotated and shifted at random, with 0 from outside
    count, (height, width) = len(images), images.shape[2:]
    angle = np.deg2rad({{ strength * rotation }}) * (2 * torch.rand(count) - 1)
    shift = {{ strength * shift }} * (2 * torch.rand(count, 2) - 1)
    # in units of half a side
    down = shift[:, 0] * 2 * height / (height - 1)
    across = shift[:, 1] * 2 * width / (width - 1)
    cos, sin, ratio = torch.cos(angle), torch.sin(angle), (height - 1) / (width - 1)
    first = [cos, -sin * ratio, -cos * across + sin * ratio * down]
    second = [sin / ratio, cos, -sin / ratio * across - cos * down]
{% if flip %}
    # mirrored left to right
    side = torch.where(torch.rand(count) < {{ strength * flip }}, -1, 1)
    first = [side * each for each in first]
{% endif %}
    turn = torch.stack([torch.stack(first, 1), torch.stack(second, 1)], 1)
{% if zoom %}
    # enlarged, or made smaller
    turn = turn / {{ 1 + strength * zoom }} ** (2 * torch.rand(count, 1, 1) - 1)
{% endif %}
    grid = F.affine_grid(turn, list(images.shape), align_corners=True)
{% if elastic %}
    # smoothed noise moves every pixel by itself
    noise = torch.randn(count, 2, height, width)
    noise = smoothing(height) @ noise @ smoothing(width).T
    sides = torch.tensor([2 * width / (width - 1), 2 * height / (height - 1)])
    grid = grid + {{ strength * elastic }} * sides * noise.permute(0, 2, 3, 1)
{% endif %}
    return F.grid_sample(images, grid, align_corners=True)
SMOOTHING{% endif %}""".replace(
    "SMOOTHING", _SMOOTHING.replace("{{ KIND }}", "torch.tensor(weights, dtype=torch.float32)")
)
"""Augmentation of a batch of images in PyTorch."""
