"""Models as files: one safetensors file each, with JSON in its header. Never a pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bridle.data.examples import Form
from bridle.engine.compiled import Shapes
from bridle.engine.spec import ProgramSpec, RunSpec
from bridle.errors import Unquoted, UserError
from bridle.files import digest, write_bytes
from bridle.models.network import Network
from bridle.tables.form import TableForm
from bridle.tables.preparation import Fit
from bridle.tasks import TASKS
from bridle.tasks.base import Scaling, Task

if TYPE_CHECKING:
    from bridle.models.model import Model

FORMAT = 1
ENDING = ".safetensors"
_KEY = "bridle"


def write(path: Path, model: Model) -> Path:
    """Write a model; see `Model.save`."""
    from safetensors.numpy import save

    path = path if path.suffix else path.with_suffix(ENDING)
    arrays = {name: np.ascontiguousarray(value) for name, value in _arrays(model).items()}
    about = json.dumps({**_document(model), "digest": _digest(arrays)}, sort_keys=True)
    content = save(arrays, {_KEY: about, "seal": digest(about.encode())})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return write_bytes(path, content)
    except OSError as error:
        raise UserError(f"Cannot write {path}: {error.strerror or error}.") from None


def read(path: Path) -> dict[str, Any]:
    """Return the fields of the model in a file; see `load`."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise UserError(f"{path} {what}; expected a model that was saved: model.save(path).")
    try:
        with safe_open(path, "numpy") as file:
            header = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise _bad(path, f"no whole safetensors file ({error})") from None
    if _KEY not in header:
        raise _bad(path, "a safetensors file of something else")
    if header.get("seal") != digest(header[_KEY].encode()):
        raise _bad(path, "a description that was changed")
    about = json.loads(header[_KEY])
    if about["format"] != FORMAT:
        raise _bad(path, f"a model of format {about['format']}; this version reads {FORMAT}")
    if about.pop("digest") != _digest(arrays):
        raise _bad(path, "numbers that were changed")
    return _fields(about, arrays)


def _bad(path: Path, what: str) -> UserError:
    return UserError(
        argument=str(path),
        expected="a model that was saved by model.save(path)",
        received=Unquoted(what),
        advice="Save it again, or copy it again from where it was made.",
    )


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    """Return the digest of all arrays, their names, types and shapes."""
    parts = []
    for name in sorted(arrays):
        value = arrays[name]
        parts.append(f"{name} {value.dtype.str} {value.shape} {digest(value.tobytes())}")
    return digest("\n".join(parts).encode())


def _arrays(model: Model) -> dict[str, np.ndarray]:
    network = model.network
    found = {"shift": network.shift, "scale": network.scale}
    if network.target_scaling is not None:
        found |= {
            f"target/{name}": np.asarray(v) for name, v in network.target_scaling._asdict().items()
        }
    if model.preparation is not None:
        found |= {f"preparation/{name}": v for name, v in model.preparation.arrays().items()}
    for number, (_, weights) in enumerate(network.members):
        found |= {f"members/{number}/{name}": value for name, value in weights.items()}
    return found


def _document(model: Model) -> dict[str, Any]:
    network, task, form = model.network, model.task, model.form
    return {
        "format": FORMAT,
        "name": model.name,
        "task": {"kind": task.kind, "names": task.names, "arguments": task.arguments},
        "form": {"table": form.document()}
        if isinstance(form, TableForm)
        else {"arrays": asdict(form)},
        "prepared": model.preparation is not None,
        "program": asdict(network.program),
        "train": network.shapes.train,
        "shared": network.shapes.shared,
        "bucketed": network.shapes.bucketed,
        "example": network.shapes.example,
        "runs": [_run(run) for run, _ in network.members],
        "facts": dict(model.facts),
    }


def _run(run: RunSpec) -> dict[str, Any]:
    found = asdict(run)
    found["setting"] = {name: dict(values) for name, values in run.setting.items()}
    return found


def _fields(about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    kind = about["task"]
    task: Task = TASKS.get(kind["kind"]).of(tuple(kind["names"])).learned(**kind["arguments"])
    own: dict[str, Any] = about["program"]
    program = ProgramSpec(
        **{**own, "widths": tuple(own["widths"]), "methods": tuple(own["methods"])}
    )
    shapes = Shapes(
        tuple(about["example"]), task.nameless, about["train"], about["shared"], about["bucketed"]
    )
    members = tuple(
        (RunSpec(**run), _under(arrays, f"members/{number}/"))
        for number, run in enumerate(about["runs"])
    )
    scaling = _under(arrays, "target/")
    network = Network(
        program,
        shapes,
        members,
        arrays["shift"],
        arrays["scale"],
        Scaling(**scaling) if scaling else None,
    )
    given = about["form"]
    form: Form | TableForm
    if "table" in given:
        form = TableForm.of_document(given["table"])
    else:
        plain: dict[str, Any] = given["arrays"]
        form = Form(
            **{**plain, "features": tuple(plain["features"]), "shape": tuple(plain["shape"])}
        )
    preparation = Fit(**_under(arrays, "preparation/")) if about["prepared"] else None
    return {
        "name": about["name"],
        "network": network,
        "task": task,
        "form": form,
        "preparation": preparation,
        "facts": about["facts"],
    }


def _under(arrays: Mapping[str, np.ndarray], start: str) -> dict[str, Any]:
    return {name.removeprefix(start): v for name, v in arrays.items() if name.startswith(start)}
