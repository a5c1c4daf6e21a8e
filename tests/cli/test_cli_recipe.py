"""`bridle recipe`: a study's setting as a program of another framework."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bridle.api.folder import open_folder
from bridle.api.study import Study
from bridle.api.training import compare


def test_programs_and_mistakes(bridle: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    compare(
        ["moons(n=20,test=100)", "circles(n=20,test=100)"],
        methods=["l2(strength=0.1)"],
        widths=[4],
        epochs=1,
        replicates=2,
        learning_rate=0.01,
        out="two",
    )
    inside = next(iter(open_folder("two").studies.values())).folder
    study = open_folder(inside)
    assert isinstance(study, Study)
    folder = str(inside)
    status, text, said = bridle("recipe", folder, "--framework", "torch", "--method", "none")
    assert (status, said) == (0, "")
    assert text == study.recipe("pytorch", "none")
    status, text, said = bridle(
        "recipe", folder, "--framework", "keras", "--method", "l1(strength=0.01)", "-o", "recipe.py"
    )
    assert (status, text) == (0, "")
    assert "! Keras adds the L1 penalty to the loss" in said.replace("\n", " ")
    assert Path("recipe.py").read_text() == study.recipe("keras", "l1(strength=0.01)")

    def refused(*words: str) -> str:
        status, _, said = bridle("recipe", *words)
        assert status == 2
        return said.replace("\n", " ")

    assert "would hide the package keras" in refused(folder, "--framework=keras", "-o", "keras.py")
    assert "--framework is missing: keras, pytorch, sklearn or optax" in refused(folder)
    assert "--out must end in .py; received 'data.csv'" in refused(
        folder, "--framework=keras", "-o", "data.csv"
    )
    assert "there is no folder none" in refused(folder, "--framework=keras", "-o", "none/recipe.py")
    assert "Did you mean 'pytorch'?" in refused(folder, "--framework", "pytroch")
    assert "--framework keras" in refused(
        folder, "--framework", "sklearn", "--method", "mixup(strength=0.3)"
    )
    assert "is not a study" in refused(str(tmp_path), "--framework", "keras")
    assert "several data sets, and a recipe is of one" in refused("two", "--framework", "optax")
    (inside / "study.db").unlink()
    assert "is not finished: 0 of 4 runs are there" in refused(folder, "--framework", "optax")
