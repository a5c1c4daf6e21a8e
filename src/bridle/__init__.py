"""Which regularization does my network need, how strong, and does it truly help?

import bridle

study = bridle.compare("moons")
print(study.summary)
study.leaderboard()
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from bridle.errors import UserError

if TYPE_CHECKING:
    from bridle.api.ablating import ablate
    from bridle.api.diagnose import diagnose
    from bridle.api.folder import open_folder
    from bridle.api.judge import judge
    from bridle.api.reproduce import Reproduction, reproduce
    from bridle.api.searching import search
    from bridle.api.studies import Studies
    from bridle.api.study import Study
    from bridle.api.training import compare, extend, resume, train
    from bridle.estimators import (
        RegularizationSearch,
        RegularizedMLPClassifier,
        RegularizedMLPRegressor,
    )
    from bridle.models import load

__version__ = "0.1.0"

_LAZY = {
    "RegularizationSearch": "estimators",
    "RegularizedMLPClassifier": "estimators",
    "RegularizedMLPRegressor": "estimators",
    "Reproduction": "api.reproduce",
    "Studies": "api.studies",
    "Study": "api.study",
    "ablate": "api.ablating",
    "compare": "api.training",
    "diagnose": "api.diagnose",
    "extend": "api.training",
    "judge": "api.judge",
    "load": "models",
    "open_folder": "api.folder",
    "reproduce": "api.reproduce",
    "resume": "api.training",
    "search": "api.searching",
    "train": "api.training",
}
"""Where each name is found."""

__all__ = [
    "RegularizationSearch",
    "RegularizedMLPClassifier",
    "RegularizedMLPRegressor",
    "Reproduction",
    "Studies",
    "Study",
    "UserError",
    "__version__",
    "ablate",
    "compare",
    "diagnose",
    "extend",
    "judge",
    "load",
    "open_folder",
    "reproduce",
    "resume",
    "search",
    "train",
]


def __getattr__(name: str) -> Any:
    # JAX and pandas take most of a second to import, which `bridle --help` should not pay
    if name in _LAZY:
        return getattr(importlib.import_module(f"bridle.{_LAZY[name]}"), name)
    raise AttributeError(f"module 'bridle' has no attribute {name!r}")
