"""The plan of a study, which `study.json` holds, and the runs that follow from it."""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from bridle.data.dataset import Dataset
from bridle.domains import Integer
from bridle.engine.spec import ProgramSpec, RunSpec, content_hash
from bridle.errors import UserError, shown, told
from bridle.files import read_json, write_json
from bridle.grammar import Value
from bridle.methods.catalogue import method
from bridle.methods.composition import Composition
from bridle.networks import MLP_NAME
from bridle.registry import UnavailableError
from bridle.statistics.looks import Looks
from bridle.study.auto import AUTO
from bridle.study.bounds import ALL, BEST, MOST_LOOKED, PATHS, SELECTED
from bridle.study.configurations import Configuration, unflatten
from bridle.study.epochs import Pilot
from bridle.study.folders import SEARCH
from bridle.study.formats import OtherVersionError, check_format
from bridle.study.schema import FORMAT
from bridle.wording import argument, command

BASELINE = "none"
LEVEL = 0.95
"""Joint confidence of a study's intervals over all its looks."""


@dataclass(frozen=True)
class PlannedRun:
    """One run of the plan.

    Attributes:
        method: its label.
        configuration: which of the method's configurations, from 0.
        spec: the engine's specification of the run.
        program: the engine's specification of its program.
        name: the hash of both.
    """

    method: str
    configuration: int
    spec: RunSpec
    program: ProgramSpec
    name: str

    @property
    def replicate(self) -> int:
        """Which draw of everything random."""
        return self.spec.replicate


@dataclass(frozen=True)
class Plan:
    """A comparison before it is carried out.

    Attributes:
        dataset: as `bridle.data.load` reads it, every argument written out.
        design: what replicates have in common; decides the statistics.
        methods: labels, in the order given; `none` among them unless a single method is trained.
        configurations: for each label, what is tried.
        widths: units of the hidden layers.
        activation: their activation function.
        epochs: of every run, at most.
        batch_size: examples of one step.
        optimizer: `adam` or `sgd(momentum=0.9)`.
        learning_rates: those that every method shares, ascending.
        replicates: number of draws.
        seed: determines the draws.
        network: `mlp`, or another with every argument written out.
        precision: of the factors of the dense layers' products, `float32` or `bfloat16`.
        schedule: of the learning rate, such as `constant` or `cosine(warmup=0.05)`.
        device: the kind of device that trains, `cpu` or `gpu`.
        lanes: recorded width of each program, by the names of its own methods.
        notes: sentences that readers of the results must know.
        origin: the name of the work that the study reproduces.
        published: that work's figures: `method`, `metric`, `value`, `text`.
        claims: what they assert: `better` scores higher than `worse`; `text` says it in words.
        margin: how large a difference must be to matter, as `Margin.parse` reads it.
        stated: the margin stated before training; verdicts by any other are secondary.
        metric: what the selected runs are judged by, as `bridle.metrics.metric` reads it.
        primary: what the study was planned to be judged by; verdicts in any other metric are secondary.
        criterion: the criterion of `bridle.tasks.CRITERIA` that settings are chosen by on validation data.
        select: how a replicate's setting is chosen, one of `SELECT`.
        refine: whether grids with a best strength at their edge will still be extended.
        until_trained: whether epochs are doubled while a method is undertrained.
        lengthen: whether such a doubling may still be due.
        doublings: how often epochs were doubled.
        keep: which weights are kept, one of `KEEP`.
        looks: the looks at the study as it is extended; the present look is not among the earlier ones.
        until_decided: whether replicates are added, at planned looks, while something is undecided.
        pilot: how the number of epochs is found where a pilot finds it; until then it is the data set's own.
    """

    dataset: str
    design: str
    methods: tuple[str, ...]
    configurations: dict[str, list[Configuration]]
    widths: tuple[int, ...]
    activation: str
    epochs: int
    batch_size: int
    optimizer: str
    learning_rates: tuple[float, ...]
    replicates: int
    seed: int
    network: str = MLP_NAME
    precision: str = "float32"
    schedule: str = "constant"
    device: str = "cpu"
    lanes: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    origin: str | None = None
    published: tuple[dict[str, Any], ...] = ()
    claims: tuple[dict[str, str], ...] = ()
    margin: str = "10%"
    stated: str = "10%"
    metric: str = "accuracy"
    primary: str = "accuracy"
    criterion: str = "accuracy"
    select: str = BEST
    refine: bool = False
    until_trained: bool = False
    lengthen: bool = False
    doublings: int = 0
    keep: str = PATHS
    looks: Looks = field(default_factory=Looks)
    until_decided: bool = False
    pilot: Pilot | None = None

    @functools.cached_property
    def runs(self) -> tuple[PlannedRun, ...]:
        """All runs, in plan order: by method, configuration, replicate."""
        planned = []
        for label in self.methods:
            names = Composition.parse(label).names
            program = self.program(label)
            for number, configuration in enumerate(self.configurations[label]):
                setting = unflatten(names, configuration["hyperparameters"])
                for replicate in range(self.replicates):
                    spec = RunSpec(
                        setting=setting,
                        learning_rate=configuration["learning_rate"],
                        epochs=self.epochs,
                        replicate=replicate,
                        seed=self.seed,
                    )
                    name = spec.name(program, self.dataset)
                    planned.append(PlannedRun(label, number, spec, program, name))
        return tuple(planned)

    def program(self, label: str) -> ProgramSpec:
        """Return the program of a method's runs, which depends only on that method and the plan."""
        return self._programs[label]

    @functools.cached_property
    def _programs(self) -> dict[str, ProgramSpec]:
        return {label: self._program(label) for label in self.methods}

    def _program(self, label: str) -> ProgramSpec:
        return ProgramSpec(
            widths=self.widths,
            activation=self.activation,
            methods=Composition.parse(label).compiled,
            optimizer=self.optimizer,
            batch_size=self.batch_size,
            network=self.network,
            precision=self.precision,
            schedule=self.schedule,
        )

    @functools.cached_property
    def count(self) -> int:
        """Number of runs; runs that several labels share count once."""
        one = replace(self, replicates=1)
        return self.replicates * len({run.name for run in one.runs})

    @property
    def kept_replicates(self) -> range:
        """The replicates for which the weights of every configuration are kept."""
        return range({SELECTED: 0, PATHS: 1, ALL: self.replicates}[self.keep])

    @property
    def arithmetic(self) -> str:
        """Precision and kind of device, in words: `float32 on cpu`."""
        return f"{self.precision} on {self.device}"

    def width(self, program: ProgramSpec) -> int:
        """Return a program's recorded number of lanes."""
        return self.lanes[_own(program)]

    def with_lanes(self, dataset: Dataset) -> Plan:
        """Return the plan with the width of every program recorded."""
        from bridle.engine.width import lanes  # imports JAX, which readers of a plan do not need

        widths = {
            _own(program): lanes(program, dataset, self.device, runs)
            for program, runs in self.runs_by_program().items()
        }
        return replace(self, lanes=dict(sorted(widths.items())))

    def runs_by_program(self) -> Counter[ProgramSpec]:
        """Return how many runs each program trains."""
        runs: Counter[ProgramSpec] = Counter()
        for label in self.methods:
            runs[self.program(label)] += len(self.configurations[label]) * self.replicates
        return runs

    def narrowed(self, program: ProgramSpec, width: int) -> Plan:
        """Return the plan with another width recorded for a program."""
        return replace(self, lanes={**self.lanes, _own(program): width})

    def extended(self, further: int) -> Plan:
        """Return the plan with `further` replicates, the present look among the earlier ones.

        Raises:
            UserError: that look spent all of the error.
        """
        comparisons = len(self.methods) - 1 if BASELINE in self.methods else 0
        looks = self.looks
        if comparisons:
            looks = looks.after(self.replicates, comparisons, LEVEL)
        return replace(self, replicates=self.replicates + further, looks=looks)

    def before_look(self) -> Plan:
        """Return the plan as it was at its last finished look, without the replicates that were added after it."""
        *earlier, last = self.looks.earlier
        looks = replace(self.looks, earlier=tuple(earlier))
        return replace(self, replicates=last.replicates, looks=looks)

    @property
    def next_look(self) -> int:
        """Further replicates of the next planned look: as many as there are, up to `MOST_LOOKED` times the first."""
        first = self.looks.earlier[0].replicates if self.looks.earlier else self.replicates
        return max(0, min(self.replicates, MOST_LOOKED * first - self.replicates))

    @property
    def rounds(self) -> int:
        """Number of rounds of refinement that have added configurations."""
        return max(
            (c.get("round", 0) for found in self.configurations.values() for c in found), default=0
        )

    def round_of(self, run: PlannedRun) -> int:
        """Return the round of refinement that added a run's configuration; 0 for configurations asked for."""
        return self.configurations[run.method][run.configuration].get("round", 0)

    def up_to(self, rounds: int) -> Plan:
        """Return the plan without the configurations that later rounds of refinement added."""
        kept = {
            label: [c for c in found if c.get("round", 0) <= rounds]
            for label, found in self.configurations.items()
        }
        return replace(self, configurations=kept)

    @property
    def asked(self) -> dict[str, list[Configuration]]:
        """The configurations without any that refinement added."""
        return self.up_to(0).configurations

    @property
    def asked_epochs(self) -> int:
        """The epochs without any doubling."""
        return self.epochs >> self.doublings

    @property
    def hash(self) -> str:
        """The hash of what was asked to be trained, by which a study is recognized."""
        asked = asdict(replace(self.up_to(0), epochs=self.asked_epochs))  # more may have been added
        if self.pilot is not None:  # the same before and after it
            asked |= {"epochs": AUTO, "pilot": self.pilot.ceiling}
        for name in (
            "margin",
            "stated",
            "metric",
            "primary",
            "looks",
            "refine",
            "lengthen",
            "doublings",
            "keep",
            "until_decided",
            "notes",
        ):  # these read the same runs, or add to them
            del asked[name]
        return content_hash(asked)


def _own(program: ProgramSpec) -> str:
    """Return the name under which a program's width is recorded: its own methods."""
    return "+".join(program.methods)


def hyperparameters_json(configuration: Configuration) -> str:
    """Return a configuration as the tables write it: JSON with sorted keys, the learning rate among them."""
    flat: dict[str, Value] = {
        **configuration["hyperparameters"],
        "learning_rate": configuration["learning_rate"],
    }
    return json.dumps(flat, sort_keys=True, allow_nan=False)


def write_plan(path: Path, plan: Plan, request: str, versions: dict[str, str]) -> None:
    """Write `study.json`, whole or not at all.

    Args:
        path: where to.
        plan: the plan as it will be carried out.
        request: the hash of the plan as it was asked for.
        versions: of what computes.
    """
    content = {"format": FORMAT, "hash": request, "plan": asdict(plan), "versions": versions}
    write_json(path, {**content, "digest": content_hash(content)})


def read_plan(path: Path) -> tuple[Plan, str, dict[str, str]]:
    """Read `study.json`: the plan, the hash of what was asked for, and the versions.

    Raises:
        UserError: the file is missing, from another version of Bridle, or not as Bridle wrote it.
    """
    from bridle.study import fields  # imports JAX

    if not path.parent.is_dir():
        raise UserError(f"{path.parent} does not exist, or is no folder.")
    if not path.is_file() and (path.parent / SEARCH).is_file():
        raise UserError(
            f"{path.parent} holds a search that is not finished. The command that began it goes on with it, with "
            f"{argument('out', path.parent)} where it was not in the folder of its own name."
        )
    if not path.is_file():
        raise UserError(
            f"{path.parent} is not a study: it holds no study.json. "
            f"Name the folder that `{command('compare')}` or `{command('train')}` wrote."
        )
    try:
        content = read_json(path)
        check_format(path, content, FORMAT)
        checks = {
            "format": Integer(FORMAT, FORMAT).check,
            "hash": fields.text,
            "plan": lambda name, value: Plan(**fields.read_plan_fields(value)),
            "versions": fields.by_name(fields.text),
            "digest": fields.text,
        }
        found = fields.record("the document", content, checks)
        written = _digest(content)
        if found["digest"] != written:
            raise UserError(
                f"the digest must be {written}, by its content; received {shown(found['digest'])}: the file "
                "was edited by hand or by another program, or damaged."
            )
    except (UserError, ValueError, OSError) as error:
        if isinstance(error, OtherVersionError):
            raise
        if isinstance(error, UnavailableError) and content["digest"] == _digest(content):
            raise UserError(f"{path} needs what is not installed here. {error.message}") from None
        raise UserError(
            f"{path} is not as Bridle wrote it: {told(error).rstrip('.')}. Restore it from a copy, or train anew: the "
            f"command that began the study, with another folder as {argument('out')}."
        ) from error
    return found["plan"], found["hash"], found["versions"]


def _digest(content: Mapping[str, Any]) -> str:
    """Return the digest of a document's content."""
    return content_hash({key: value for key, value in content.items() if key != "digest"})


def check_layers(plan: Plan, layers: int) -> None:
    """Raise a UserError where a method has another number of values per layer than the network has `layers`."""
    for run in plan.runs:
        for name, values in run.spec.setting.items():
            for key, value in values.items():
                method(name).by_name()[key].encode(value, layers)
