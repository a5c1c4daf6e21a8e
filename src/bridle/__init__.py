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
    from bridle.diagnosis.diagnosis import diagnose
    from bridle.judging.judge import judge
    from bridle.study.compare import compare, resume
    from bridle.study.extend import extend
    from bridle.study.studies import Studies
    from bridle.study.study import Study

__version__ = "0.1.0"

_LAZY = {
    "compare": "bridle.study.compare",
    "diagnose": "bridle.diagnosis.diagnosis",
    "extend": "bridle.study.extend",
    "judge": "bridle.judging.judge",
    "resume": "bridle.study.compare",
    "Studies": "bridle.study.studies",
    "Study": "bridle.study.study",
}

__all__ = [
    "Studies",
    "Study",
    "UserError",
    "__version__",
    "compare",
    "diagnose",
    "extend",
    "judge",
    "resume",
]


def __getattr__(name: str) -> Any:
    # JAX and pandas take most of a second to import, which `bridle --help` should not pay
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'bridle' has no attribute {name!r}")
