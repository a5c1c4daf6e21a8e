"""Words for arguments and commands in messages for the shell: `--batch-size 32`, `bridle extend DIR`."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from bridle.grammar import format_value
from bridle.lines import command_line
from bridle.numbers import short_form
from bridle.wording import Face, Mark


def shell(words: Sequence[str]) -> Face:
    """Return the face for messages of the command with `words` after `bridle`."""
    known = _options(words[0] if words else "")
    return functools.partial(_word, known)


def _word(known: dict[str, str], mark: Mark) -> str:
    if mark.kind == "command":
        options = [part for name, value in mark.options.items() for part in given(name, value)]
        return command_line(mark.name, *map(_text, mark.values), *options)
    if mark.kind == "subject":
        return known.get(mark.name, mark.name)
    if not mark.values:
        return known.get(mark.name, _option(mark.name))
    option, *rest = given(mark.name, mark.values[0])
    if option == _option(mark.name):  # the command may call it otherwise: form is --format
        option = known.get(mark.name, option)
    return shlex.join([option, *rest])


def given(name: str, value: Any) -> list[str]:
    """Return the words that set an argument, by its Python name; false is set by the opposite option."""
    if value is True:
        return [_option(name)]
    if value is False:
        return [_DENIED.get(name, f"--no-{_option(name)[2:]}")]
    if name == "grid" and isinstance(value, Mapping):
        entries = []
        for method, own in value.items():  # learning rates of every method stand alone
            entries += (
                [f"{method}.{key}={_text(tried)}" for key, tried in own.items()]
                if isinstance(own, Mapping)
                else [f"{method}={_text(own)}"]
            )
        return [word for entry in entries for word in (_option(name), entry)]
    if name == "time_limit" and isinstance(value, int | float):
        return [_option(name), short_form(value)]
    return [_option(name), _text(value)]


def _text(value: Any) -> str:
    """Return a value as it is typed: `a,b`, `role=column,role=column`."""
    if isinstance(value, Mapping):
        return ",".join(f"{name}={_text(one)}" for name, one in value.items())
    if isinstance(value, tuple | list):
        return ",".join(map(_text, value))
    return format_value(value) if isinstance(value, float) else str(value)


def _option(name: str) -> str:
    return _SINGULAR.get(name, "--" + name.replace("_", "-"))


_SINGULAR = {"types": "--type"}
"""Options that are given once for each entry of an argument."""


_DENIED = {"lower_is_better": "--higher-is-better"}
"""Options with the opposite meaning of arguments."""


def _options(command: str) -> dict[str, str]:
    """Return the arguments of a command by their Python names, as they are typed: `--epochs`, `DATASET`."""
    import typer

    from bridle.cli.application import application

    group: Any = typer.main.get_command(application())
    if command not in group.commands:
        return {}
    found: dict[str, str] = {}
    for parameter in group.commands[command].params:
        long = [name for name in parameter.opts if name.startswith("--")]
        if long:
            found |= dict.fromkeys((long[0][2:].replace("-", "_"), parameter.name), long[0])
    return found
