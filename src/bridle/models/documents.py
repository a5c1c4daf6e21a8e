"""What a model is, as JSON and arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from bridle.data.examples import Form
from bridle.engine.compiled import Shapes
from bridle.engine.spec import ProgramSpec, RunSpec
from bridle.models.network import TrainedNetwork
from bridle.tables.form import TableForm
from bridle.tables.preparation import FittedSplit
from bridle.tasks import TASKS
from bridle.tasks.base import Scaling, Task


def arrays_of(network: TrainedNetwork, preparation: FittedSplit | None) -> dict[str, np.ndarray]:
    """Return the arrays of a network and of the preparation of its rows, by name."""
    found = {"shift": network.shift, "scale": network.scale}
    if network.target_scaling is not None:
        found |= {
            f"target/{name}": np.asarray(v) for name, v in network.target_scaling._asdict().items()
        }
    if preparation is not None:
        found |= {f"preparation/{name}": v for name, v in preparation.arrays().items()}
    for number, (_, weights) in enumerate(network.members):
        found |= {f"members/{number}/{name}": value for name, value in weights.items()}
    return found


def document_of(network: TrainedNetwork, task: Task, form: Form | TableForm) -> dict[str, Any]:
    """Return the rest of them as JSON: how rows are read, what was learned, how it was trained."""
    return {
        "task": {"kind": task.kind, "names": task.names, "arguments": task.arguments},
        "form": {"table": form.document()}
        if isinstance(form, TableForm)
        else {"arrays": asdict(form)},
        "prepared": isinstance(form, TableForm),
        "program": asdict(network.program),
        "train": network.shapes.train,
        "shared": network.shapes.shared,
        "bucketed": network.shapes.bucketed,
        "example": network.shapes.example,
        "runs": [_run(run) for run, _ in network.members],
    }


def _run(run: RunSpec) -> dict[str, Any]:
    found = asdict(run)
    found["setting"] = {name: dict(values) for name, values in run.setting.items()}
    return found


def fields_of(about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return network, task, form and preparation by their names, as a model holds them."""
    kind = about["task"]
    task: Task = TASKS.get(kind["kind"]).of(tuple(kind["names"])).learned(**kind["arguments"])
    own: dict[str, Any] = about["program"]
    program = ProgramSpec(
        **{**own, "widths": tuple(own["widths"]), "methods": tuple(own["methods"])}
    )
    members = tuple(
        (RunSpec(**run), _under(arrays, f"members/{number}/"))
        for number, run in enumerate(about["runs"])
    )
    scaling = _under(arrays, "target/")
    given = about["form"]
    form: Form | TableForm
    layout = None
    if "table" in given:
        form = TableForm.of_document(given["table"])
        layout = form.layout
    else:
        plain: dict[str, Any] = given["arrays"]
        form = Form(
            **{**plain, "features": tuple(plain["features"]), "shape": tuple(plain["shape"])}
        )
    shapes = Shapes(
        tuple(about["example"]),
        task.nameless,
        about["train"],
        about["shared"],
        about["bucketed"],
        layout,
    )
    network = TrainedNetwork(
        program,
        shapes,
        members,
        arrays["shift"],
        arrays["scale"],
        Scaling(**scaling) if scaling else None,
    )
    preparation = FittedSplit(**_under(arrays, "preparation/")) if about["prepared"] else None
    return {
        "network": network,
        "task": task,
        "form": form,
        "preparation": preparation,
    }


def _under(arrays: Mapping[str, np.ndarray], start: str) -> dict[str, Any]:
    return {name.removeprefix(start): v for name, v in arrays.items() if name.startswith(start)}
