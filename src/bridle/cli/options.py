"""Options of several commands, declared once, and how their values are read."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import partial, wraps
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from bridle.errors import Unquoted, UserError, shown

if TYPE_CHECKING:
    from bridle.study.limit import TimeLimit as Limit
    from bridle.study.request import Request


def read_whole(text: str) -> int:
    """Return a whole number, also where it is written as 1e3 or 10.0."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        number = 0.5
    if number.is_integer() and abs(number) < 2**53:
        return int(number)
    raise typer.BadParameter(f"{text} is not a valid integer")


def read_whole_or_word(text: str) -> int | str:
    """Return a whole number; a word, such as auto, as it is."""
    return text if text.strip().isalpha() else read_whole(text)


def read_number(text: str) -> float:
    """Return a number."""
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is not a valid number") from None


Whole = partial(typer.Option, parser=read_whole, metavar="N")
"""An option that takes a whole number."""

DatasetArgument = Annotated[
    str,
    typer.Argument(
        metavar="DATASET",
        help="A name as `bridle datasets` lists them, with arguments where the defaults do not "
        "suit: moons, or in quotes 'moons(n=200,noise=0.1)'; a file with a table, with --target; or "
        "openml:NAME.",
        show_default=False,
    ),
]
DatasetsArgument = Annotated[
    str,
    typer.Argument(
        metavar="DATASET",
        help="A name as `bridle datasets` lists them, with arguments where the defaults do not "
        "suit: moons, or in quotes 'moons(n=200,noise=0.1)'; a file with a table, with --target; or "
        "openml:NAME. Several, as in digits,wine, are compared one by one and the methods ranked over all.",
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
    Whole(help="Draws of everything random (split, initialization, batches, noise)."),
]
ReplicatesOrAuto = Annotated[
    str | None,
    typer.Option(
        parser=read_whole_or_word,
        metavar="N|auto",
        help="Draws of everything random (split, initialization, batches, noise); auto: further ones, "
        "until every method is decided or the time is over.",
    ),
]
Epochs = Annotated[
    int | None,
    Whole(help="Passes over the training data. Default: the data set's."),
]
EpochsOrAuto = Annotated[
    str | None,
    typer.Option(
        parser=read_whole_or_word,
        metavar="N|auto",
        help="Passes over the training data; auto: a short pilot finds how many are enough. Default: "
        "the data set's, or auto for data of your own.",
    ),
]
Task = Annotated[
    str | None,
    typer.Option(
        metavar="TASK",
        help="How a regression is learned: regression, or 'regression(loss=huber,delta=1)'. "
        "Default: the data set's.",
    ),
]
Network = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="mlp; resnet_mlp: with residual blocks, as in 'resnet_mlp(blocks=2)'; or for images cnn: "
        "convolutions before the dense layers, as in 'cnn(filters=[16,32])'. 'mlp(embed=ple)' embeds the columns of a "
        "table first. Default: mlp.",
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
BatchSize = Annotated[int | None, Whole(help="Examples of one training step.")]
Optimizer = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="adam, adamw, lion, muon or sgd, as in 'sgd(momentum=0.9)'; see `bridle optimizers`.",
    ),
]
LearningRate = Annotated[
    float | None,
    typer.Option(
        parser=read_number,
        metavar="RATE",
        help="The optimizer's, such as 1e-3, for every method. By default several are tried.",
    ),
]
Schedule = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="How the learning rate goes over all --epochs: constant, cosine, flat_cosine, linear or "
        "warmup, as in 'cosine(warmup=0.05)'; see `bridle optimizers`.",
    ),
]
Seed = Annotated[int, Whole(help="From which all randomness follows.")]
Out = Annotated[
    str | None,
    typer.Option(
        "--out",
        "-o",
        metavar="DIR",
        help="The study's folder. Default: bridle-DATASET, numbered where taken.",
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
    int | None, Whole(help="Processes that train. Default: one for each core, or four for a GPU.")
]
ExecutorName = Annotated[
    str | None,
    typer.Option(
        "--executor",
        metavar="NAME",
        help="Where networks are trained: local, in processes of this machine, or inline, in this one. Default: local.",
    ),
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
        "calibration-error, or 'robustness(noise=0.3)'; of a regression rmse, mae or r2.",
    ),
]
FormOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="md|latex|json|pdf",
        help="Write the answer in another form: as Markdown, as LaTeX for booktabs, as JSON, or as a paper with "
        "figures (PDF); to standard output, or with -o to a file.",
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Write the result to stdout as one JSON document.")
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Nothing but the result, and errors on stderr.")
]
OpenPage = Annotated[bool, typer.Option("--open", help="Open the page in the browser.")]
Port = Annotated[int | None, Whole(help="Of the page's address. Default: a free one.")]


@dataclass(frozen=True, kw_only=True)
class LivePage:
    """Options of commands that train a study and can show its page meanwhile."""

    open_page: Annotated[
        bool,
        typer.Option(
            "--open",
            help="Show the page in the browser while it trains, with runs as they finish. Only this machine reaches "
            "its address, which ends with the training.",
        ),
    ] = False
    port: Annotated[
        int | None,
        Whole(
            help="Show the page while it trains at this port, without a browser if --open is not given."
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class Training:
    """Options of training that `compare`, `train` and `diagnose` share.

    Every field is an option of these commands and a field of `bridle.study.request.Request`.
    """

    task: Task = None
    network: Network = None
    precision: Precision = "float32"
    device: DeviceKind = "auto"
    widths: Widths = None
    activation: Activation = None
    batch_size: BatchSize = None
    optimizer: Optimizer = None
    learning_rate: LearningRate = None
    schedule: Schedule = "linear"
    seed: Seed = 0

    def asked(self) -> dict[str, Any]:
        """Return the fields as a `Request` takes them.

        Raises:
            UserError: the widths are no list of whole numbers.
        """
        widths = None if self.widths is None else read_widths(self.widths)
        return {**vars(self), "widths": widths}


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take the options of a group as single options.

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

    @wraps(command)
    def spread_out(**typed: Any) -> None:
        made = {
            name: group(**{one.name: typed.pop(one.name) for one in fields(group)})
            for name, group in groups.items()
        }
        command(**typed, **made)

    vars(spread_out)["__signature__"] = inspect.Signature(parameters)  # typer reads it
    return spread_out


_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_PART = re.compile(
    r"(\d+(?:\.\d+)?)\s*(h(?:ours?|rs?)?|m(?:in(?:utes?|s)?)?|s(?:ec(?:onds?|s)?)?)(?![a-z])"
)


def read_duration(text: str, name: str = "time_limit") -> float:
    """Return the seconds that 90s, 10m, 1h30m or a bare number of seconds mean.

    Args:
        text: as given.
        name: of the argument.

    Raises:
        UserError: it is none of these, or no time at all.
    """
    plain = text.strip().lower()
    refuse = partial(UserError, argument=name)
    expected = "a time such as 90s, 10m or 1h30m"
    parts = _PART.findall(plain)
    if re.fullmatch(r"\d+(\.\d+)?", plain):
        raise refuse(
            expected=expected,
            received=Unquoted(f"{shown(text)} without a unit"),
            advice=f"Did you mean {plain}s or {plain}m?",
        )
    if not parts or _PART.sub("", plain).strip():
        raise refuse(expected=expected, received=text)
    seconds = sum(float(amount) * _UNITS[unit[0]] for amount, unit in parts)
    if seconds <= 0:
        raise refuse(expected=f"{expected}, and more than nothing", received=text)
    return seconds


def limit(text: str | None, request: Request | None = None, studies: int = 1) -> Limit | None:
    """Return the time limit of the present command.

    Args:
        text: as given; `None` if there is no limit.
        request: what was asked for in that time, if it may be reduced.
        studies: number of studies to answer.
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
    for part in text.strip().strip("[]()").split(","):
        if not part.strip().isascii() or not part.strip().isdigit():
            numbers = re.fullmatch(r"\d+([x×*;/\s-]\d+)+", text.strip())
            raise UserError(
                argument="widths",
                expected="whole numbers separated by commas, such as 128,128",
                received=text,
                instead=(text, _as_widths(text)) if numbers else None,
            )
        widths.append(int(part))
    return widths


def _as_widths(text: str) -> str:
    """Return widths in Bridle's notation; 2x128 means two layers of 128 units."""
    numbers = re.findall(r"\d+", text)
    if len(numbers) == 2 and len(numbers[0]) == 1 and len(numbers[1]) > 1:
        numbers = [numbers[1]] * int(numbers[0])
    return ",".join(numbers)


def joined(texts: Sequence[str] | None) -> str | None:
    """Return the values of an option, given once or several times, as one list."""
    return None if not texts else ",".join(text.strip().rstrip(",") for text in texts)
