"""What several commands take: their options declared once, and how their words are read."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from bridle.errors import UserError
from bridle.grammar import split_outside

if TYPE_CHECKING:
    from bridle.data import Dataset
    from bridle.study.limit import TimeLimit as Limit
    from bridle.study.request import Request

DatasetArgument = Annotated[
    str,
    typer.Argument(
        metavar="DATASET",
        help="A name as `bridle datasets` lists them, with arguments where the defaults do not "
        "suit: moons, or in quotes 'moons(n=200,noise=0.1)'.",
        show_default=False,
    ),
]
DatasetsArgument = Annotated[
    str,
    typer.Argument(
        metavar="DATASET",
        help="A name as `bridle datasets` lists them, with arguments where the defaults do not "
        "suit: moons, or in quotes 'moons(n=200,noise=0.1)'. Several, as in digits,wine, are "
        "compared one by one and the methods ranked over all.",
        show_default=False,
    ),
]
FolderArgument = Annotated[
    str,
    typer.Argument(
        metavar="DIR", help="The study's folder, such as bridle-moons.", show_default=False
    ),
]
Replicates = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="Draws of everything random (split, initialization, batches, noise)."
    ),
]
Epochs = Annotated[
    int | None,
    typer.Option(metavar="N", help="Passes over the training data. Default: the data set's."),
]
Network = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="mlp, or for images cnn: convolutions before the dense layers, as in "
        "'cnn(filters=[16,32])'. Default: mlp.",
    ),
]
Precision = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Of the factors in the dense layers' products: float32, or bfloat16, "
        "faster for large layers where the processor has it.",
    ),
]
DeviceKind = Annotated[
    str,
    typer.Option(
        "--device", metavar="KIND", help="What trains: cpu, gpu, or auto: a GPU if JAX sees one."
    ),
]
Widths = Annotated[
    str | None,
    typer.Option(metavar="N,N,…", help="Units of the dense hidden layers, such as 128,128."),
]
Activation = Annotated[
    str | None, typer.Option(metavar="NAME", help="Of the hidden layers, such as relu or tanh.")
]
BatchSize = Annotated[int | None, typer.Option(metavar="N", help="Examples of one training step.")]
Optimizer = Annotated[
    str | None, typer.Option(metavar="NAME", help="adam, or 'sgd(momentum=0.9)'.")
]
LearningRate = Annotated[
    float | None, typer.Option(metavar="RATE", help="The optimizer's, such as 1e-3.")
]
Seed = Annotated[int, typer.Option(metavar="N", help="From which all randomness follows.")]
Out = Annotated[
    str | None,
    typer.Option(
        metavar="DIR", help="The study's folder. Default: bridle-DATASET, numbered where taken."
    ),
]
TimeLimit = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="From the command to its answer, such as 90s, 10m or 1h30m: what does not fit is reduced, or "
        "refused before anything is trained.",
    ),
]
Workers = Annotated[
    int | None, typer.Option(metavar="N", help="Processes that train. Default: one for each core.")
]
MarginOption = Annotated[
    str | None,
    typer.Option(
        "--margin",
        metavar="SIZE",
        help="How large a difference must be to matter: 10% (of the baseline's error), "
        "0.5pt (percentage points) or 0.005. Default: 10%.",
    ),
]
MetricOption = Annotated[
    str | None,
    typer.Option(
        "--metric",
        metavar="NAME",
        help="What is compared: accuracy, balanced-accuracy, log-loss, brier, auroc, "
        "calibration-error, or 'robustness(noise=0.3)'.",
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Write the result to stdout as one JSON document.")
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Nothing but the result, and errors on stderr.")
]


@dataclass(frozen=True, kw_only=True)
class Training:
    """How networks are trained: what `compare`, `train` and `diagnose` take alike.

    Every field is an option of these commands and a field of `bridle.study.request.Request`.
    """

    network: Network = None
    precision: Precision = "float32"
    device: DeviceKind = "auto"
    widths: Widths = None
    activation: Activation = None
    batch_size: BatchSize = None
    optimizer: Optimizer = None
    learning_rate: LearningRate = None
    seed: Seed = 0

    def asked(self) -> dict[str, Any]:
        """Return the fields as a `Request` takes them.

        Raises:
            UserError: the widths are no list of whole numbers.
        """
        widths = None if self.widths is None else read_widths(self.widths)
        return {**vars(self), "widths": widths}


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take the options of a group one by one.

    A parameter whose type is a dataclass of options stands for them: typer and its help see the fields
    in its place, and the command gets the dataclass made of what was typed.
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    parameters = []
    for name, parameter in inspect.signature(command).parameters.items():
        if name not in groups:
            parameters.append(parameter.replace(annotation=hints[name]))
            continue
        kinds = get_type_hints(groups[name], include_extras=True)
        parameters += [
            parameter.replace(name=one.name, default=one.default, annotation=kinds[one.name])
            for one in fields(groups[name])
        ]

    @functools.wraps(command)
    def spread_out(**typed: Any) -> None:
        made = {
            name: group(**{one.name: typed.pop(one.name) for one in fields(group)})
            for name, group in groups.items()
        }
        command(**typed, **made)

    vars(spread_out)["__signature__"] = inspect.Signature(parameters)  # which typer reads
    return spread_out


_UNITS = {"h": 3600.0, "m": 60.0, "min": 60.0, "s": 1.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(h|min|m|s)")


def read_duration(text: str) -> float:
    """Return the seconds that 90s, 10m, 1h30m or a bare number of seconds mean.

    Raises:
        UserError: it is none of these, or no time at all.
    """
    plain = text.strip().lower()
    expected = "must be a time such as 90s, 10m or 1h30m"
    parts = _PART.findall(plain)
    if re.fullmatch(r"\d+(\.\d+)?", plain):
        raise UserError(
            f"--time-limit {expected}; received {text!r} without a unit. "
            f"Did you mean {plain}s or {plain}m?"
        )
    if not parts or _PART.sub("", plain).strip():
        raise UserError(f"--time-limit {expected}; received {text!r}.")
    seconds = sum(float(amount) * _UNITS[unit] for amount, unit in parts)
    if seconds <= 0:
        raise UserError(f"--time-limit {expected}, and more than nothing; received {text!r}.")
    return seconds


def limit(text: str | None, request: Request | None = None, studies: int = 1) -> Limit | None:
    """Return the time limit of the present command.

    Args:
        text: as given; `None` where there is no limit.
        request: what was asked for in that time, as far as it may be reduced.
        studies: how many are answered.
    """
    if text is None:
        return None
    from bridle.cli import clock
    from bridle.study.limit import TimeLimit as Limit

    return Limit.begun(
        read_duration(text),
        clock.given(),
        slowness=clock.slowness(),
        studies=studies,
        pages=True,
        request=request,
    )


def read_widths(text: str) -> list[int]:
    """Return the whole numbers of a list such as 128,128.

    Raises:
        UserError: a part is no whole number.
    """
    widths = []
    for part in text.strip().removeprefix("[").removesuffix("]").split(","):
        if not part.strip().isascii() or not part.strip().isdigit():
            raise UserError(
                f"--widths must be whole numbers separated by commas, such as 128,128; "
                f"received {text!r}."
            )
        widths.append(int(part))
    return widths


def read_names(text: str) -> str:
    """Return methods as the grammar reads them: `batch-norm` becomes `batch_norm`, `1e-4` stays."""
    return re.sub(r"(?<=[A-Za-z])-(?=[A-Za-z])", "_", text)


def split_names(text: str) -> list[str]:
    """Return the data sets of a list such as digits,moons(n=60,noise=0.1); what cannot be split is one name."""
    try:
        return split_outside(text, ",")
    except UserError:  # a parenthesis is missing, which whoever reads the name says better
        return [text]


def open_named(text: str) -> Dataset:
    """Return the data set of that name.

    Raises:
        UserError: there is none.
    """
    from bridle.data import load
    from bridle.methods.catalogue import methods

    name = text.partition("(")[0].strip()
    if not text.strip():
        raise UserError("DATASET is empty; expected a name as `bridle datasets` lists them.")
    if Path(name).suffix or "/" in name or "\\" in name:
        raise UserError(
            f"{text!r} looks like a file; `bridle` takes data sets by name (see `bridle datasets`). "
            "For data of your own, from Python: bridle.compare(X, y)."
        )
    try:
        return load(text)
    except UserError as error:
        if name.lower().replace("-", "_") in methods() and "Unknown data set" in str(error):
            raise UserError(
                f"{text!r} is a method, not a data set. Write the data set first, as in "
                f"`bridle compare moons --methods none,{text}`."
            ) from None
        raise


def study_folder(text: str) -> Path:
    """Return the folder of a study that is there, or of the studies of several data sets.

    Raises:
        UserError: there is none.
    """
    path = Path(text)
    if (path / "studies.json").is_file():
        return path
    # what a shell's completion easily gives instead of the folder
    folder = path.parent if path.is_file() and (path.parent / "study.json").is_file() else path
    if not (folder / "study.json").is_file():
        what = "is not a study: it holds no study.json" if folder.exists() else "does not exist"
        here = sorted(found.parent.name for found in Path().glob("*/study.json"))
        studies = f"Studies in this folder: {', '.join(here)}." if here else _NO_STUDY
        raise UserError(f"{folder} {what}. {studies}")
    return folder


_NO_STUDY = "Name the folder that `bridle compare` or `bridle train` wrote."
