"""The corrected line to type, for lines that can be understood but are not in Bridle's notation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridle.cli.synonyms import ARGUMENTS, BETWEEN, COMMANDS, OPTIONS, WHOLE
from bridle.errors import closest
from bridle.lines import command_line
from bridle.names import find, fold

LONGEST = 400
"""Maximum number of characters of a line that a message shows."""

_STEPS = 8
"""Maximum number of mistakes in one line that are corrected."""


@dataclass
class CommandLine:
    """The parts of a command line: the command, its positional words, its options with their values."""

    command: str
    words: list[str] = field(default_factory=list)
    options: list[tuple[str, str | None]] = field(default_factory=list)

    def joined(self) -> list[str]:
        """Return the words again, positional ones first."""
        pairs = [word for pair in self.options for word in pair if word is not None]
        return [self.command, *self.words, *pairs]

    def join(self, option: str, spellings: Sequence[str], values: Sequence[str]) -> None:
        """Add values to the list that an option takes, wherever it was given."""
        given = [value for name, value in self.options if name in spellings and value]
        parts = [part.strip() for value in given for part in [value.strip(" ,")]]
        kept = [(name, value) for name, value in self.options if name not in spellings]
        self.options = [*kept, (option, ",".join([*parts, *values]))]


def mended(words: Sequence[str], error: Exception) -> list[str] | None:
    """Return the corrected words; `None` if the meaning is not certain.

    Args:
        words: what was typed after `bridle`.
        error: what was wrong with them.
    """
    now, wrong = list(words), error
    for _ in range(_STEPS):
        changed = _step(now, wrong)
        if changed is None or changed == now:
            return None
        now = changed
        found = refused(now)
        if found is None:
            return now
        wrong = found
    return None


def written(words: Sequence[str]) -> str:
    """Return the line to type; empty if it is too long to be read."""
    text = command_line(*words)
    return text if len(text) <= LONGEST and text.isprintable() else ""


def replaced(words: Sequence[str], wrong: str, right: str) -> list[str] | None:
    """Return the words with `right` in the only place where `wrong` is a whole name; otherwise `None`."""
    parts = [re.escape(part) for part in re.split(r"[-_\s]+", wrong) if part]
    if not words or not parts:
        return None
    spelled = r"[-_\s]+".join(parts)
    pattern = re.compile(rf"(?<![\w.-]){spelled}(?![\w-])")
    changed = [words[0], *(pattern.sub(lambda _: right, word) for word in words[1:])]
    times = sum(len(pattern.findall(word)) for word in words[1:])
    return changed if times == 1 and refused(changed) is None else None


def refused(words: Sequence[str]) -> Exception | None:
    """Return the error of a command's parser for its words; `None` if it reads them."""
    from bridle.cli.usage import UsageError, WordsError

    group = _group()
    if not words or words[0] not in group.commands:
        return UsageError("No such command")
    rest = [word for word in words[1:] if word not in ("-h", "--help")]
    if len(rest) < len(words) - 1:
        return None
    try:
        with group.make_context("bridle", [words[0]]) as parent:
            group.commands[words[0]].make_context(words[0], rest, parent=parent)
    except (UsageError, WordsError) as error:
        return error
    return None


def _group() -> Any:
    import typer

    from bridle.cli.application import application

    return typer.main.get_command(application())


def _step(words: list[str], error: Exception) -> list[str] | None:
    """Mend one mistake."""
    from bridle.cli.usage import ExtraWordsError

    group = _group()
    name = words[0] if words else ""
    if name.startswith("-"):
        return _command_first(words, group.commands)
    if name not in group.commands:
        return _other_command(words, group.commands)
    command = group.commands[name]
    if "does not take a value" in str(getattr(error, "message", "")):
        return _without_value(words, str(getattr(error, "option_name", "")))
    if hasattr(error, "possibilities"):
        return _other_option(words, str(getattr(error, "option_name", "")), command)
    if isinstance(error, ExtraWordsError):
        return _extra_words(taken_apart(words, command), command)
    parameter = getattr(error, "param", None)
    if parameter is not None and not hasattr(error, "param_type"):
        return _number(words, parameter, "integer" in str(getattr(error, "message", "")))
    return None


def taken_apart(words: Sequence[str], command: Any) -> CommandLine:
    """Split a line with known options into its parts."""
    flags, valued = _spellings(command)
    found, rest = CommandLine(words[0]), list(words[1:])
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            found.words += rest
            break
        if name in valued:
            after = value if equals else rest.pop(0) if rest else None
            found.options.append((name, after))
        elif word in flags:
            found.options.append((word, None))
        elif word[:2] in valued and not word.startswith("--"):
            found.options.append((word[:2], word[2:]))
        else:
            found.words.append(word)
    return found


def _spellings(command: Any) -> tuple[set[str], set[str]]:
    """Return the options of a command as typed: those without a value, and those with one."""
    flags: set[str] = {"-h", "--help"}
    valued: set[str] = set()
    for parameter in command.params:
        names = {name for name in parameter.opts if name.startswith("-")}
        (flags if getattr(parameter, "is_flag", False) else valued).update(names)
    return flags, valued


def _proper(name: str, command: Any) -> tuple[str, Any] | None:
    """Return the option of a command that a name means, as it is typed, with its parameter."""
    known = {
        long: (parameter.opts[0], parameter)
        for parameter in command.params
        for long in parameter.opts
        if long.startswith("--")
    }
    aliases = {"methods": "--method"} if "--methods" not in known else {}
    names = {fold(long): long for long in known}
    # `--no-validation` is not a spelling of an option, and a synonym only counts for options of this command
    synonym = find(name, (), OPTIONS)
    wanted = [fold(name), *([fold(synonym)] if synonym else [])]
    wanted += [fold(aliases[synonym])] if synonym in aliases else []
    for one in wanted:
        if one in names:
            return known[names[one]]
    near = closest(name, [long[2:] for long in known])
    return known[f"--{near[0]}"] if len({known[f"--{n}"][0] for n in near}) == 1 else None


def option_meant(name: str, command: Any) -> str:
    """Return the option of a command that an unknown one means; empty if there is none."""
    found = _proper(name.lstrip("-"), command)
    return "" if found is None else found[0]


def _command_first(words: list[str], commands: Mapping[str, Any]) -> list[str] | None:
    """Move the command before options that were typed before it."""
    tried = [i for i, word in enumerate(words) if word in commands or fold(word) in COMMANDS]
    for place in tried:
        changed = [words[place], *words[place + 1 :], *words[:place]]
        if words[place] not in commands or refused(changed) is None:
            return changed
    if tried:
        place = tried[0]
        return [words[place], *words[place + 1 :], *words[:place]]
    return None


def _other_command(words: list[str], commands: Mapping[str, Any]) -> list[str] | None:
    """Put the command that was meant first."""
    from bridle.cli.meant import is_dataset, is_method, is_optimizer

    name, rest = words[0], words[1:]
    plain = fold(name)
    if plain == "bridle":
        return rest
    if plain in ("list", "ls", "show") and rest and (own := find(rest[0], commands)):
        return [own, *rest[1:]]
    if (proper := find(name, commands, COMMANDS)) is not None:
        if proper == "explain" and rest and is_dataset(rest[0]):
            return ["datasets", *rest]
        return [proper, *rest]
    if is_dataset(name):
        return ["compare", *words]
    if is_method(name):
        return ["compare" if any(map(is_dataset, rest)) else "explain", *words]
    if is_optimizer(name):
        return ["explain", *words]
    near = closest(name, commands)
    return [near[0], *rest] if len(near) == 1 else None


def _other_option(words: list[str], option: str, command: Any) -> list[str] | None:
    """Replace an unknown option by the one that it means here."""
    place = next((i for i, word in enumerate(words) if _is_option(word, option)), None)
    if place is None or not option:
        return None
    name, typed = option.lstrip("-"), words[place]
    value = typed.partition("=")[2] if "=" in typed else None
    if value is None and not typed.startswith("--") and len(typed) > 2:
        value = typed[2:]  # -n5
    before, after = words[:place], words[place + 1 :]
    if (whole := _whole(name, command)) is not None and value is None:
        return [*before, *whole, *after]
    if name.startswith("no-") and _proper(name.removeprefix("no-"), command):
        return [*before, *after] if value is None else None
    found = _proper(name, command)
    text = after[0] if value is None and after else value or ""
    if found is not None and (better := _otherwise_counted(name, found[0], text)):
        return [*before, found[0], better, *(after[1:] if value is None else after)]
    if found is not None:
        proper, parameter = found
        if getattr(parameter, "is_flag", False):
            return [*before, proper, *after] if value is None else None
        return [*before, proper, *([] if value is None else [value]), *after]
    if value is None and after and not after[0].startswith("--"):
        value, after = after[0], after[1:]
    return _named_otherwise(CommandLine(before[0], before[1:]), name, value, after, command)


def _otherwise_counted(name: str, option: str, value: str) -> str:
    """Return the value of an option for a value of another kind: seconds, layers, a list of seeds."""
    if option == "--time-limit" and fold(name) == "timeout" and value.isdigit():
        return f"{value}s"
    if option == "--replicates" and re.fullmatch(r"\d+(,\d+)+", value):
        return str(value.count(",") + 1)
    if option == "--widths" and fold(name) == "layers" and re.fullmatch(r"[1-9]", value):
        return ",".join(["128"] * int(value))
    return ""


def _without_value(words: list[str], option: str) -> list[str]:
    """Write a switch without a value; leave it out if it was switched off."""
    place = next(i for i, word in enumerate(words) if word.startswith(f"{option}="))
    off = fold(words[place].partition("=")[2]) in ("false", "no", "off", "0")
    return [*words[:place], *([] if off else [option]), *words[place + 1 :]]


def _named_otherwise(
    start: CommandLine, name: str, value: str | None, after: list[str], command: Any
) -> list[str] | None:
    """Write in another way what is not an option here: a data set, a method with its strength, momentum."""
    from bridle.cli.meant import canonical, is_method, with_argument

    head = start.joined()
    arguments = [parameter for parameter in command.params if not parameter.opts[0].startswith("-")]
    if fold(name) in ("dataset", "data", "d") and value and arguments:
        return [head[0], value, *head[1:], *after]
    for own, option, form in ARGUMENTS:
        if fold(name) == own and value and _proper(option, command):
            return [*head, f"--{option}", form.format(value), *after]
    for place, word in enumerate(head[1:], 1):
        if value and (better := with_argument(word, name, value)):
            return [*head[:place], better, *head[place + 1 :], *after]
    methods = _proper("methods", command)
    if methods is None or not is_method(name):
        return None
    text = name if value is None or value == "" else f"{name}({value})"
    if value is not None and not is_method(text):  # the next word was not its value
        text, after = name, [value, *after]
    if not is_method(text):
        return None
    return [*head, methods[0], canonical(text), *after]


def _whole(name: str, command: Any) -> Sequence[str] | None:
    """Return the words that an option without a value stands for, if the command takes them."""
    words = next((w for key, w in WHOLE.items() if fold(key) == fold(name)), None)
    if words is None or (words and all(words[0] not in p.opts for p in command.params)):
        return None
    return words


def _is_option(word: str, option: str) -> bool:
    if option.startswith("--"):
        return word.partition("=")[0] == option
    return word.startswith(option) and not word.startswith("--")


def _extra_words(typed: CommandLine, command: Any) -> list[str] | None:
    """Move words that are in the wrong place: methods, data sets, settings."""
    from bridle.cli.meant import canonical, is_dataset, is_method, is_optimizer

    if "help" in typed.words:
        return [typed.command, "--help"]
    left, names = [], [word.strip(",") for word in typed.words]
    for word in [part for part in names if part and fold(part) not in BETWEEN]:
        key, equals, value = word.partition("=")
        setting = _setting(key, command) if equals and value and not is_method(word) else None
        if setting:
            typed.options.append((setting, value))
        else:
            left.append(word)
    methods, datasets = _proper("methods", command), [w for w in left if is_dataset(w)]
    others = [word for word in left if word not in datasets]
    if typed.command in ("methods", "optimizers", "datasets", "explain"):
        if not others and not datasets:
            return [typed.command]
        cards = [is_method(word) or is_optimizer(word) for word in others]
        return ["explain", *others] if others and all(cards) else None
    if typed.command == "extend" and len(others) == 2 and others[1].isdigit():
        return [
            *CommandLine("extend", others[:1], typed.options).joined(),
            "--replicates",
            others[1],
        ]
    numbers = [word for word in others if word.isdigit()]
    widths = [value for name, value in typed.options if name == "--widths"]
    if numbers and widths:
        typed.join("--widths", ["--widths"], numbers)
        others = [word for word in others if word not in numbers]
    if others and methods and all(map(is_method, others)):
        option, parameter = methods
        typed.join(option, parameter.opts, [canonical(word) for word in others])
        datasets = datasets or ["moons"]
    elif others:
        return None
    typed.words = [",".join(datasets)] if datasets and typed.command == "compare" else datasets
    return typed.joined()


def _setting(name: str, command: Any) -> str | None:
    """Return the option for `name=value` without dashes."""
    found = _proper(name, command)
    return None if found is None or getattr(found[1], "is_flag", False) else found[0]


def _number(words: list[str], parameter: Any, whole: bool) -> list[str] | None:
    """Write a number with a decimal point and without separators of thousands; several learning rates as a grid."""
    from bridle.cli.usage import given

    option = next((name for name in parameter.opts if given(name, words) is not None), None)
    typed, value = option, None if option is None else given(option, words)
    if option is None or value is None:
        return None
    if not whole and re.fullmatch(r"[-+]?\d*,\d+(e[-+]?\d+)?", value, re.IGNORECASE):
        right = value.replace(",", ".")
    elif whole and re.fullmatch(r"\d{1,3}([, '’]\d{3})+", value):
        right = re.sub(r"\D", "", value)
    elif option == "--learning-rate" and "," in value and words[0] == "compare":
        option, right = "--grid", f"learning_rate={value.replace(' ', '').strip(',')}"
    else:
        return None
    place = next(i for i, word in enumerate(words) if word.partition("=")[0] == typed)
    if "=" in words[place]:
        return [*words[:place], f"{option}={right}", *words[place + 1 :]]
    return [*words[:place], option, right, *words[place + 2 :]]
