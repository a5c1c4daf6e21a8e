"""Names of commands and options in other tools."""

from __future__ import annotations

from bridle.names import SYNONYMS

COMMANDS = {
    "run": "compare",
    "start": "compare",
    "study": "compare",
    "benchmark": "compare",
    "bench": "compare",
    "experiment": "compare",
    "search": "compare",
    "tune": "compare",
    "sweep": "compare",
    "optimize": "compare",
    "fit": "train",
    "evaluate": "judge",
    "eval": "judge",
    "analyze": "judge",
    "analyse": "judge",
    "stats": "judge",
    "show": "report",
    "view": "report",
    "open": "report",
    "plot": "report",
    "results": "report",
    "status": "report",
    "continue": "resume",
    "restart": "resume",
    "add": "extend",
    "more": "extend",
    "check": "diagnose",
    "doctor": "diagnose",
    "inspect": "diagnose",
    "info": "explain",
    "describe": "explain",
    "man": "explain",
    "doc": "explain",
    "docs": "explain",
    "list": "methods",
    "ls": "methods",
    "method": "methods",
    "list_methods": "methods",
    "list_optimizers": "optimizers",
    "optimizer": "optimizers",
    "optimisers": "optimizers",
    "schedules": "optimizers",
    "schedule": "optimizers",
    "schedulers": "optimizers",
    "list_datasets": "datasets",
    "data": "datasets",
    "dataset": "datasets",
    "replicate": "reproduce",
    "paper": "reproduce",
}
"""Names of commands in other tools."""

OPTIONS = {
    **SYNONYMS,
    "b": "batch_size",
    "e": "epochs",
    "m": "methods",
    "s": "seed",
    "j": "workers",
    "jobs": "workers",
    "n_jobs": "workers",
    "num_workers": "workers",
    "threads": "workers",
    "cores": "workers",
    "processes": "workers",
    "silent": "quiet",
}
"""Names of options in other tools, in addition to those of arguments."""

WHOLE = {
    "gpu": ("--device", "gpu"),
    "cuda": ("--device", "gpu"),
    "use_gpu": ("--device", "gpu"),
    "use_cuda": ("--device", "gpu"),
    "cpu": ("--device", "cpu"),
    "no_gpu": ("--device", "cpu"),
    "no_cuda": ("--device", "cpu"),
    "adam": ("--optimizer", "adam"),
    "adamw": ("--optimizer", "adamw"),
    "lion": ("--optimizer", "lion"),
    "muon": ("--optimizer", "muon"),
    "sgd": ("--optimizer", "sgd"),
    "nesterov": ("--optimizer", "sgd(nesterov=true)"),
    "cosine": ("--schedule", "cosine"),
    "cosine_decay": ("--schedule", "cosine"),
    "linear_decay": ("--schedule", "linear"),
    "cnn": ("--network", "cnn"),
    "mlp": ("--network", "mlp"),
    "relu": ("--activation", "relu"),
    "tanh": ("--activation", "tanh"),
    "bf16": ("--precision", "bfloat16"),
    "bfloat16": ("--precision", "bfloat16"),
    "verbose": (),
    "v": (),
    "vv": (),
    "progress": (),
    "y": (),
    "yes": (),
}
"""Options without a value, and the words for them here; empty if that is Bridle's default."""

ARGUMENTS = (
    ("momentum", "optimizer", "sgd(momentum={})"),
    ("warmup", "schedule", "warmup(warmup={})"),
)
"""Options of other tools that are arguments in Bridle: their name, our option, and the notation."""

BETWEEN = {
    "with",
    "without",
    "vs",
    "versus",
    "and",
    "on",
    "against",
    "using",
    "for",
    "list",
    "true",
}
"""Words that users put between names."""
