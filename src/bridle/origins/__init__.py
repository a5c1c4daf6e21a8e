"""The works Bridle starts from, each as a study with its published figures beside ours."""

from bridle.origins.catalogue import origin, origins, reproduce
from bridle.origins.origin import Origin, Scale

__all__ = ["Origin", "Scale", "origin", "origins", "reproduce"]
