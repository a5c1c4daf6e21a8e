"""What newcomers type is understood, or answered with the exact line to type."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bridle as package
from bridle.cli import retype
from bridle.cli.options import read_duration, read_whole
from bridle.data import load
from bridle.errors import UserError
from bridle.grammar import format_value
from bridle.lines import command_line
from bridle.methods.catalogue import methods
from bridle.report.advice import advice
from bridle.study.bounds import KEEP
from bridle.study.command import again, command_of
from bridle.study.plan import Plan
from bridle.study.request import Request, make_plan
from tests.report.invented import Invented

Run = Callable[..., tuple[int, str, str]]

ANSWERED = [
    ("compare mnist dropout", "compare mnist --methods dropout"),
    ("compare moons --methods adamw", "compare moons --methods weight_decay"),
    ("compare moons --methods l1, l2", "compare moons --methods l1,l2"),
    ("compare moons --methods 'l1 l2'", "compare moons --methods l1,l2"),
    ("compare moons --methods 'l1|l2'", "compare moons --methods l1,l2"),
    ("compare moons --methods dropuot", "compare moons --methods dropout"),
    (
        "compare moons --methods 'dropout(0.1,0.5)'",
        "compare moons --methods dropout --grid dropout.rate=0.1,0.5",
    ),
    (
        "compare moons --methods 'dropout(rate=0,5)'",
        "compare moons --methods 'dropout(rate=0.5)'",
    ),
    ("compare dropout vs l2 on moons", "compare moons --methods dropout,l2"),
    ("compare moons digits", "compare moons,digits"),
    ("compare moons epochs=10 lr=0.1", "compare moons --epochs 10 --learning-rate 0.1"),
    ("compare moons --lr 0.1", "compare moons --learning-rate 0.1"),
    ("compare moons --lr=0.1 --quick", "compare moons --learning-rate 0.1 --quick"),
    ("compare moons --learning-rate 0,01", "compare moons --learning-rate 0.01"),
    ("compare moons --learning-rate=0,01", "compare moons --learning-rate=0.01"),
    ("compare moons --lr 0.001,0.01", "compare moons --grid learning_rate=0.001,0.01"),
    (
        "compare moons --learning-rate 1e-3,1e-2,0.1",
        "compare moons --grid learning_rate=1e-3,1e-2,0.1",
    ),
    ("compare moons --lr 0,01 --gpu", "compare moons --learning-rate 0.01 --device gpu"),
    ("compare moons --epochs 1,000", "compare moons --epochs 1000"),
    ("compare moons --time 10m", "compare moons --time-limit 10m"),
    ("compare moons --timeout 60", "compare moons --time-limit 60s"),
    ("compare moons --gpu", "compare moons --device gpu"),
    ("compare moons --no-cuda", "compare moons --device cpu"),
    ("compare moons -n 5", "compare moons --replicates 5"),
    ("compare moons -n5", "compare moons --replicates 5"),
    ("compare moons --n 5", "compare moons --replicates 5"),
    ("compare moons --trials 5", "compare moons --replicates 5"),
    ("compare moons --seeds 1,2,3", "compare moons --replicates 3"),
    ("compare moons --batch_size 32", "compare moons --batch-size 32"),
    ("compare moons --layers 2", "compare moons --widths 128,128"),
    ("compare moons --widths 128x64", "compare moons --widths 128,64"),
    ("compare moons --widths 128 64", "compare moons --widths 128,64"),
    ("compare moons --momentum 0.8", "compare moons --optimizer 'sgd(momentum=0.8)'"),
    ("compare moons --nesterov", "compare moons --optimizer 'sgd(nesterov=true)'"),
    ("compare moons --warmup 0.1", "compare moons --schedule 'warmup(warmup=0.1)'"),
    ("compare moons --lr-schedule cosine", "compare moons --schedule cosine"),
    ("compare moons --schedule cosin", "compare moons --schedule cosine"),
    (
        "compare moons --schedule 'cosine(0.1)'",
        "compare moons --schedule 'cosine(warmup=0.1)'",
    ),
    ("compare moons --adamw", "compare moons --optimizer adamw"),
    ("adamw", "explain adamw"),
    ("optimizers sgd", "explain sgd"),
    ("schedules", "optimizers"),
    ("compare moons --dropout 0.5", "compare moons --methods 'dropout(rate=0.5)'"),
    ("train moons --dropout 0.5", "train moons --method 'dropout(rate=0.5)'"),
    ("train moons dropout", "train moons --method dropout"),
    ("compare moons --noise 0.2", "compare 'moons(noise=0.2)'"),
    ("compare 'moons(60)'", "compare 'moons(n=60)'"),
    ("compare 'moons n=60'", "compare 'moons(n=60)'"),
    ("compare --dataset moons", "compare moons"),
    ("compare moons --verbose", "compare moons"),
    ("compare moons --quick=true", "compare moons --quick"),
    ("compare moons help", "compare --help"),
    (
        "compare moons --optimizer 'Adam(lr=0.001)'",
        "compare moons --optimizer adam --learning-rate 0.001",
    ),
    ("--quick compare moons", "compare moons --quick"),
    ("--seed 3 compare moons", "compare moons --seed 3"),
    ("--out report compare moons", "compare moons --out report"),
    ("--json methods", "methods --json"),
    ("run moons", "compare moons"),
    ("run 'moons(n=60)' --lr 1", "compare 'moons(n=60)' --learning-rate 1"),
    ("compre moons", "compare moons"),
    ("moons", "compare moons"),
    ("dropout moons", "compare moons --methods dropout"),
    ("list datasets", "datasets"),
    ("describe moons", "datasets moons"),
    ("methods dropout", "explain dropout"),
    ("display bridle-moons", "show bridle-moons"),
    ("ablate moons dropuot+l2", "ablate moons dropout+l2"),
    ("ablate moons dropout,l2", "ablate moons dropout+l2"),
    ("ablate moons 'dropout(0.2),l2'", "ablate moons 'dropout(0.2)+l2'"),
    ("ablate dropout+l2 'moons(n=60)'", "ablate 'moons(n=60)' dropout+l2"),
    ("ablat moons dropout+l2", "ablate moons dropout+l2"),
    ("serch moons", "search moons"),
    ("search moons --methods dropuot", "search moons --methods dropout"),
    ("extend bridle-moons 20", "extend bridle-moons --replicates 20"),
]


@pytest.mark.parametrize(("typed", "line"), ANSWERED, ids=[typed for typed, _ in ANSWERED])
def test_the_line_to_type(typed: str, line: str, bridle: Run) -> None:
    status, out, err = bridle(*shlex.split(typed))
    assert status == 2
    assert out == "" or "--json" in typed
    assert err.endswith(f" Write: bridle {line}\n")
    assert retype.refused(shlex.split(line)) is None
    assert "--help`" not in err  # one thing to do next


@pytest.fixture
def planned(bridle: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Plan]:
    """Run a command line up to its plan, and return that: nothing is trained."""
    plans: list[Plan] = []

    def begin(dataset: Any, plan: Plan, *rest: object) -> None:
        plans.append(plan)
        raise UserError("enough")

    monkeypatch.setattr("bridle.cli.training.begin", begin)

    def run(line: str) -> Plan:
        words = shlex.split(line)
        assert words.pop(0) == "bridle"
        _, _, err = bridle(*words)
        assert err == "error: enough\n", err
        return plans.pop()

    return run


OF_OTHERS = (
    "cutmix", "cutout", "drop_block", "kl_sparsity", "shake_drop", "shake_shake", "spatial_dropout",
    "stochastic_depth",
)  # fmt: skip
"""Methods of images, residual blocks and sigmoids."""


@pytest.mark.parametrize(
    ("typed", "plan"),
    [
        ("--methods l1 --methods l2", {"methods": ("none", "l1", "l2")}),
        ("--methods l1, --method l2", {"methods": ("none", "l1", "l2")}),
        (
            "--methods all",
            {"methods": tuple(m for m in methods() if m not in OF_OTHERS)},
        ),
        ("--methods 'early stopping,bn'", {"methods": ("none", "early_stopping", "batch_norm")}),
        ("--activation ReLU --optimizer SGD", {"activation": "relu", "optimizer": "sgd"}),
        (
            "--optimizer AdamW(wd=0.1) --schedule 'cosine decay'",
            {"optimizer": "adamw(weight_decay=0.1)", "schedule": "cosine"},
        ),
        ("--epochs 1e3 --replicates 2.0", {"epochs": 1000, "replicates": 2}),
        ("--grid l1=1e-5,1e-4 --methods L1", {"methods": ("none", "l1")}),
        ("--metric AUC -o there --device CPU", {"metric": "auroc", "device": "cpu"}),
    ],
)
def test_understood(typed: str, plan: Mapping[str, object], planned: Callable[..., Plan]) -> None:
    found = planned(f"bridle compare 'moons(n=60)' {typed}")
    assert {name: getattr(found, name) for name in plan} == plan


def test_help_and_version(bridle: Run) -> None:
    for words in (("version",), ("-V",), ("--version",), ("-v",)):
        assert bridle(*words) == (0, f"bridle {package.__version__}\n", "")
    assert bridle("help") == bridle("--help") == bridle()
    assert bridle("help", "compare") == bridle("compare", "--help") == bridle("--help", "compare")
    assert bridle("help", "run")[2].endswith(" Write: bridle compare --help\n")


def test_several_are_explained(bridle: Run) -> None:
    status, out, _ = bridle("explain", "Dropout", "ridge", "l2")
    assert status == 0
    assert out.count("Paper: ") == 2
    assert bridle("datasets", "Moons")[1].startswith("moons  ")


def test_an_option_given_twice_is_joined_or_refused(bridle: Run) -> None:
    _, _, err = bridle("compare", "moons", "--epochs", "3", "--epochs=5")
    assert "--epochs is given 2 times, with '3' and '5'. Write it once." in err
    _, _, err = bridle("judge", "runs.csv", "--looks", "10", "--looks", "20")
    assert "--looks is given 2 times" in err
    _, _, err = bridle("train", "moons", "--method", "l1", "--model", "l2")
    assert err.endswith("To compare several: bridle compare moons --methods l1,l2\n")


def test_no_option_of_any_command_drops_what_was_given_first() -> None:
    for name, one in retype._group().commands.items():
        for parameter in one.params:
            if parameter.opts[0].startswith("-") and not getattr(parameter, "is_flag", False):
                words = [name, "x", parameter.opts[0], "7", parameter.opts[0], "8"]
                found = retype.refused(words)
                assert parameter.multiple or "is given 2 times" in str(found), words


@pytest.mark.parametrize("place", ["{}", "moons --methods {}", "moons --{} 3", "moons --epochs {}"])
def test_long_arguments_are_not_echoed(place: str, bridle: Run) -> None:
    words = [word.format("x" * 5000) for word in ["compare", *place.split()]]
    status, _, err = bridle(*words)
    assert status == 2
    assert len(err) < 700
    assert len(bridle("y" * 5000)[2]) < 400


def test_names_that_are_no_utf_8_are_refused_before_anything_starts(bridle: Run) -> None:
    status, _, err = bridle("compare", "moons(n=60)", "--out", "caf\udce9")
    assert status == 2
    assert err.startswith("error: 'caf\\udce9' is no text in UTF-8. Rename")
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    ("text", "value"), [("1e3", 1000), ("10.0", 10), ("-3", -3), ("1_000", 1000)]
)
def test_whole_numbers(text: str, value: int) -> None:
    assert read_whole(text) == value


@pytest.mark.parametrize("text", ["10 minutes", "600sec", "10 mins", "0.1666666666666667 hours"])
def test_words_for_units(text: str) -> None:
    assert read_duration(text) == pytest.approx(600)


# what Bridle advises

FOLDERS = st.sampled_from(
    ["bridle-moons", "my study", "it's", "-o", "--out", 'a"b', "$HOME", "a\tb", "ü", "x/y", "*"]
)
SPECS = st.sampled_from(
    ["moons", "moons(n=500,noise=0.2)", "digits", "wine(validation=0.3)", "noise(train=100)"]
)
METHODS = st.lists(
    st.sampled_from(["l1", "dropout", "dropout(rate=0.5)", "batch_norm", "dropout+l2", "none"]),
    min_size=1,
    max_size=3,
    unique=True,
)
REQUESTS = st.fixed_dictionaries(
    {"methods": METHODS},
    optional={
        "replicates": st.integers(1, 30),
        "epochs": st.integers(1, 99),
        "quick": st.booleans(),
        "widths": st.lists(st.integers(1, 300), min_size=1, max_size=3),
        "activation": st.sampled_from(["relu", "tanh"]),
        "optimizer": st.sampled_from(["adam", "sgd(momentum=0.5)"]),
        "schedule": st.sampled_from(["constant", "cosine(warmup=0.05)"]),
        "learning_rate": st.sampled_from([1e-4, 0.003, 1.0]),
        "configurations": st.integers(1, 9),
        "seed": st.integers(0, 9),
        "metric": st.sampled_from(["accuracy", "log-loss", "robustness(noise=0.2)"]),
        "margin": st.sampled_from(["5%", "0.01"]),
        "one_look": st.booleans(),
        "keep": st.sampled_from([None, *KEEP]),
    },
)


def parsed(line: str) -> list[str]:
    """The words of an advised line, which Bridle's own parser takes."""
    words = shlex.split(line)
    assert words[0] == "bridle", line
    assert retype.refused(words[1:]) is None, line
    return words[1:]


@settings(max_examples=25, deadline=None)
@given(SPECS, REQUESTS, FOLDERS, st.booleans())
def test_advised_comparisons_are_the_study(
    spec: str, request_: dict[str, Any], folder: str, refine: bool
) -> None:
    dataset = load(spec)
    try:
        plan = make_plan(dataset, Request(**request_))
    except UserError:  # such as a margin in percent of what is no share
        return
    short = parsed(again(plan, folder, refine=refine))
    full = command_of(plan, folder=folder).split(" && ")
    for words in (short, parsed(full[0])):
        same = make_plan(load(words[1]), asked(words))
        assert (same.hash, same.keep) == (plan.hash, plan.keep)
    for line in full[1:]:
        assert Path(parsed(line)[1]) == Path(folder)
    if refine and folder != f"bridle-{dataset.name}":
        place = short[short.index("--out") + 1]
        assert Path(place) == Path(folder)


def asked(words: Sequence[str]) -> Request:
    """The request that `bridle compare` makes of its words: what its parser reads, as its function passes it on."""
    from bridle.cli.options import joined, read_widths
    from bridle.study.configurations import parse_grid

    found = retype.taken_apart(words, retype._group().commands["compare"])
    given: dict[str, Any] = {}
    grids = [value for name, value in found.options if name == "--grid"]
    for name, value in found.options:
        key = name.removeprefix("--").replace("-", "_")
        if key not in ("grid", "out"):
            given[key] = True if value is None else value
    for key in ("replicates", "epochs", "batch_size", "configurations", "seed"):
        if key in given:
            given[key] = int(given[key])
    if "learning_rate" in given:
        given["learning_rate"] = float(given["learning_rate"])
    if "widths" in given:
        given["widths"] = read_widths(given["widths"])
    if "methods" in given:
        given["methods"] = joined([given["methods"]])
    return Request(**given, grid=parse_grid([grid for grid in grids if grid]))


@settings(max_examples=25, deadline=None)
@given(FOLDERS, st.integers(1, 9), st.booleans(), st.booleans())
def test_advice_of_a_study_is_one_whole_line(
    folder: str, replicates: int, unfinished: bool, one_look: bool
) -> None:
    scores = {"none": [0.89, 0.88, 0.9] * 3, "dropout": [0.9, 0.91, 0.93] * 3}
    study = Invented(
        Path(folder),
        "moons(n=100)",
        {name: values[:replicates] for name, values in scores.items()},
        chosen={"dropout": 2},
        changes={"at_edge": {"dropout": "rate"}} | ({"planned_runs": 99} if unfinished else {}),
        looks=None if one_look else (),
    )
    actions = [item.action for item in advice(study.answer) if item.action]
    lines = [line for line in actions if not line.startswith("bridle diagnose ")]
    assert len(lines) <= 1
    for line in actions:
        words = parsed(line)
        if words[0] in ("resume", "extend"):
            assert Path(words[1]) == Path(folder)


@given(st.lists(st.text(st.characters(exclude_characters="\x00"), max_size=9), max_size=4))
def test_any_word_comes_back(words: list[str]) -> None:
    assert shlex.split(command_line(*words)) == ["bridle", *words]


@given(st.sampled_from([typed for typed, _ in ANSWERED]), FOLDERS)
@settings(max_examples=30, deadline=None)
def test_a_folder_survives_in_the_line(typed: str, folder: str) -> None:
    words = shlex.split(typed)
    if words[0] not in ("compare", "train") or folder.startswith("-"):
        return
    words += ["--out", folder]
    found = retype.refused(words)
    better = None if found is None else retype.mended(words, found)
    if better and "--help" not in better:
        assert better[better.index("--out") + 1] == folder
        assert shlex.split(command_line(*better))[1:] == better


def test_python_takes_the_same_spellings() -> None:
    dataset = load("moons(n=60)")
    request = Request(
        methods=["Dropout", "ridge=0.1", "early stopping"], grid={"Dropout": {"rate": [0.1]}}
    )
    plan = make_plan(dataset, request)
    assert plan.methods == ("none", "dropout", "l2(strength=0.1)", "early_stopping")
    assert format_value(plan.configurations["dropout"][0]["hyperparameters"]["rate"]) == "0.1"
    with pytest.raises(UserError, match="Did you mean 'learning_rate'"):
        package.compare("moons", lr=0.1)
