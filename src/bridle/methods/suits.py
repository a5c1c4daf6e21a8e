"""Why a method does not suit a task or a network, in clauses that several methods share."""

from __future__ import annotations

from bridle.methods.hook_types import Architecture
from bridle.tasks import Task
from bridle.wording import argument


def unless_classes(task: Task, does: str) -> str | None:
    """Refuse tasks without classes.

    Args:
        task: what would be learned.
        does: what the method does, as a clause.

    Returns:
        The reason; `None` if the task has classes.
    """
    return None if task.kind == "classification" else f"{does}, and the task is {task.kind}"


def unless_convolved(network: Architecture, does: str) -> str | None:
    """Refuse networks without convolutions.

    Args:
        network: what would be trained.
        does: what the method does, as a clause.

    Returns:
        The reason; `None` if a kernel of the network is a convolution's.
    """
    if any(len(shape) == 4 for shape in network.shapes().values()):
        return None
    return f"{does}, and this network has no convolutions; {argument('network', 'cnn')} has"


def unless_images(network: Architecture, does: str) -> str | None:
    """Refuse examples that are no images.

    Args:
        network: what would be trained, for examples of its shape.
        does: what the method does, as a clause.

    Returns:
        The reason; `None` if examples are images.
    """
    return None if len(network.shape) > 1 else f"{does}, and the examples are no images"


def unless_residual(network: Architecture, does: str) -> str | None:
    """Refuse networks without residual blocks.

    Args:
        network: what would be trained.
        does: what the method does, as a clause.

    Returns:
        The reason; `None` if branches merge in the network.
    """
    if any(slot.kind == "merge" for slot in network.slots()):
        return None
    return f"{does}, and this network has none; {argument('network', 'resnet_mlp')} has"
