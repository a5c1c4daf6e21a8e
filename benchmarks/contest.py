"""Contenders that do the same job by turns, so that a machine whose speed drifts is equally fast for all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from benchmarks.record import Detail, median

Score = dict[str, Any]
"""What a measurement says; a contender's has `steps` and `seconds`."""

Settings = dict[str, Any]

PACKAGE = "benchmarks."
"""Where the modules of peers are."""


class Contender(Protocol):
    """Somebody who trains when it is their turn."""

    name: str

    def prepare(self) -> None:
        """Do all that is not measured."""

    def measure(self, repeat: int) -> Score:
        """Do the job once."""

    def describe(self) -> Settings:
        """Return how it is set up."""

    def close(self) -> None:
        """Leave the machine to others."""


def environment(threads: int | None) -> dict[str, str]:
    """Return variables that hold a process to so many threads, whatever it computes with."""
    variables = {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
    if threads is None:
        return variables
    for name in ("OMP", "OPENBLAS", "MKL"):
        variables[f"{name}_NUM_THREADS"] = str(threads)
    variables["TF_NUM_INTRAOP_THREADS"] = variables["TF_NUM_INTEROP_THREADS"] = str(threads)
    if threads == 1:
        variables |= {"NPROC": "1", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
    return variables


class Process:
    """A process that runs `serve`: it is sent a line and answers with one."""

    def __init__(self, module: str, settings: Settings, threads: int | None) -> None:
        self.module = module
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"{PACKAGE}{module}", json.dumps(settings)],
            env={**os.environ, **environment(threads)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def send(self, **request: Any) -> None:
        """Ask for a measurement."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def receive(self) -> Score:
        """Wait for the answer."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"{self.module} ended with status {self._process.wait()}; see above.")
        answer: Score = json.loads(line)
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


class Crew:
    """Equal processes, asked at the same time: each is alone on its core when there are as many as cores."""

    def __init__(
        self, module: str, settings: Settings, threads: int | None = 1, processes: int = 2
    ) -> None:
        self._members = [Process(module, settings, threads) for _ in range(processes)]
        for member in self._members:
            member.receive()

    def ask(self, **request: Any) -> list[Score]:
        """Return every member's answer."""
        for member in self._members:
            member.send(**request)
        return [member.receive() for member in self._members]

    def close(self) -> None:
        """End all members."""
        for member in self._members:
            member.close()


@dataclass
class Peer:
    """A peer in processes of its own, at the fastest of its variants, as a short trial finds them.

    Attributes:
        name: for tables.
        module: in `benchmarks`.
        settings: for its `prepare`.
        variants: further settings to choose from; `threads` among them goes to the environment, `None` is the
            library's own choice.
        processes: so many do the job side by side; their steps are added up.
    """

    name: str
    module: str
    settings: Settings
    variants: Sequence[Settings] = ({},)
    processes: int = 1
    chosen: Settings = field(default_factory=dict)
    tried: dict[str, float] = field(default_factory=dict)
    _crew: Crew | None = None

    def prepare(self) -> None:
        """Start every variant, let each do the job twice by turns, and keep the fastest."""
        crews = [self._start(variant) for variant in self.variants]
        rates: list[list[float]] = [[] for _ in crews]
        for turn in range(2 if len(crews) > 1 else 1):
            for crew, measured in zip(crews, rates, strict=True):
                rate = _rate(_together(crew.ask()))
                if turn or len(crews) == 1:  # the first is to warm up
                    measured.append(rate)
        best = max(range(len(crews)), key=lambda i: max(rates[i]))
        for i, crew in enumerate(crews):
            self.tried[json.dumps(self.variants[i])] = float(f"{max(rates[i]):.3g}")
            if i != best:
                crew.close()
        self.chosen, self._crew = self.variants[best], crews[best]

    def measure(self, repeat: int) -> Score:
        """Do the job once."""
        assert self._crew is not None
        return _together(self._crew.ask())

    def describe(self) -> Settings:
        """Return the settings, the variant chosen, and the steps per second of all variants tried."""
        return {
            "settings": {**self.settings, **self.chosen},
            "chosen": dict(self.chosen) if len(self.variants) > 1 else {},
            "processes": self.processes,
            "tried": self.tried,
        }

    def close(self) -> None:
        """End its processes."""
        if self._crew is not None:
            self._crew.close()

    def _start(self, variant: Settings) -> Crew:
        settings = {**self.settings, **variant}
        return Crew(self.module, settings, settings.pop("threads", None), self.processes)


def _together(scores: list[Score]) -> Score:
    return {
        "steps": sum(score["steps"] for score in scores),
        "seconds": max(score["seconds"] for score in scores),
    }


def _rate(score: Score) -> float:
    return float(score["steps"] / score["seconds"])


@dataclass(frozen=True)
class Outcome:
    """What a contest found: trained steps per second of every contender, turn by turn."""

    rates: dict[str, list[float]]
    settings: dict[str, Settings]

    def ratio(self, one: str, other: str) -> float:
        """Return how many times as fast `one` is: the median over the turns."""
        pairs = zip(self.rates[one], self.rates[other], strict=True)
        return median([a / b for a, b in pairs])

    def fastest(self, names: Sequence[str]) -> str:
        """Return the fastest of some contenders."""
        return max(names, key=lambda name: median(self.rates[name]))

    def figures(self) -> dict[str, Any]:
        """Return everything for the results file."""
        return {
            name: {
                "steps_per_second": median(rates),
                "runs": [float(f"{rate:.4g}") for rate in rates],
                **self.settings[name],
            }
            for name, rates in self.rates.items()
        }


def contest(contenders: Sequence[Contender], repeats: int) -> Outcome:
    """Let all contenders prepare, then do the job by turns, `repeats` times."""
    rates: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    try:
        for contender in contenders:
            started = time.perf_counter()
            contender.prepare()
            print(f"  {contender.name}: ready in {time.perf_counter() - started:.0f} s", flush=True)
        for repeat in range(repeats):
            for contender in contenders:
                score = contender.measure(repeat)
                rates[contender.name].append(_rate(score))
                print(
                    f"  {contender.name}: {1e6 / _rate(score):.3g} µs a step, {score['seconds']:.1f} s",
                    flush=True,
                )
        return Outcome(rates, {c.name: c.describe() for c in contenders})
    finally:
        for contender in contenders:
            contender.close()


def described(outcome: Outcome, title: str) -> Detail:
    """Return a table of all contenders: microseconds per step, and how each is set up."""
    lines = []
    for name, rates in outcome.rates.items():
        settings = outcome.settings[name]
        chosen = ", ".join(f"{key} {value}" for key, value in settings.get("chosen", {}).items())
        lines.append([name, f"{1e6 / median(rates):,.3g}", chosen or "–"])
    return Detail(title=title, head=["contender", "µs a step", "chosen by trial"], lines=lines)
