"""Which column of a table is which: by its name, by what others call it, or as the caller says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bridle.errors import UserError, closest, did_you_mean, listed_names, shown, unknown
from bridle.metrics.names import meaning, part
from bridle.wording import Blank, argument, subject

ROLES = (
    *("method", "replicate", "score", "dataset", "hyperparameters", "val_score", "val_loss"),
    *("selected", "metric", "train_size", "test_size", "train_score", "exact_zeros", "inert"),
    *("example", "correct", "target", "prediction", "weight"),
)
"""What a column can be, in tables of runs and of predictions."""

ONLY_PREDICTIONS = frozenset(("example", "correct", "target", "prediction", "weight"))
"""Roles that runs do not have."""

_ALSO = {"score": ("test_score",)}
"""Documented names of a role beside its own."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_SYNONYMS: Mapping[str, frozenset[str]] = {
    "method": _set(
        "model model_name method_name algorithm algorithm_name algo regularization regularizer "
        "regularisation regulariser classifier classifier_name approach technique"
    ),
    "replicate": _set(
        "seed random_seed rng_seed fold fold_id cv_fold repeat repetition rep split split_id replication "
        "random_state"
    ),
    "dataset": frozenset(("dataset_name", "data_set", "data_set_name")),
}
"""What others call our columns, and hardly anything else: read where there is just one of them."""

_PERHAPS: Mapping[str, frozenset[str]] = {
    "method": _set(
        "name run_name variant config configuration experiment arm treatment group estimator learner label"
    ),
    "replicate": _set("run run_id trial trial_id iteration iter index id number no"),
    "score": _set("value values result results performance metric_value objective"),
    "example": _set("index id row sample example_id sample_id instance"),
    "correct": _set("hit right is_correct"),
    "target": _set("label y y_true truth true_class class"),
    "prediction": _set("pred predicted y_pred y_hat yhat forecast estimate"),
}
"""What may be meant by them: asked, not read."""

METHODS = frozenset(("method",)) | _SYNONYMS["method"] | _PERHAPS["method"]
"""Names of columns of methods."""

REPLICATES = frozenset(("replicate",)) | _SYNONYMS["replicate"] | _PERHAPS["replicate"]
"""Names of columns of replicates."""

_PREFIXES = re.compile(r"^(?:configs?|params?|hparams?|hyperparameters|args)_")


def key(label: object) -> str:
    """Return a column's name without the ways to write it: `Test-Score ` is `test_score`."""
    return re.sub(r"[\s\-/.]+", "_", str(label).strip()).lower()


def read_asked(given: object) -> dict[str, Any]:
    """Read `method=model,replicate=seed` or a dictionary: which column has which role.

    Raises:
        UserError: it is neither, or names a role that there is not, or one twice.
    """
    if given is None:
        return {}
    if isinstance(given, Mapping):
        pairs = [(str(role), column) for role, column in given.items()]
    elif isinstance(given, str):
        # names of columns may hold commas: a part begins where a role and = stand
        starts = [m.start() for m in re.finditer(r"(?:^|(?<=,))\s*[A-Za-z_]+\s*=", given)]
        if not starts or given[: starts[0]].strip():
            raise UserError(
                argument="columns",
                expected="pairs of a role and a column, such as method=model,replicate=seed,score=test/acc",
                received=given,
            )
        parts = [given[a:b] for a, b in zip(starts, [*starts[1:], None], strict=True)]
        split = [one.partition("=") for one in parts]
        pairs = [(role.strip(), name.strip().removesuffix(",").strip()) for role, _, name in split]
    else:
        raise UserError(
            argument="columns",
            expected="a dictionary of roles and columns, such as {'method': 'model'}",
            received=given,
        )
    for role, column in pairs:
        if role not in ROLES:
            raise unknown(f"role in {subject('columns')}", role, ROLES)
        if column == "":
            raise UserError(
                argument=f"{subject('columns')} {role}=",
                expected="the name of a column",
                received=given,
            )
    if len({role for role, _ in pairs}) < len(pairs):
        raise UserError(f"{subject('columns')} names a role twice; received {shown(given)}.")
    return dict(pairs)


class Columns:
    """The columns of a table, found by what they are.

    Attributes:
        labels: their names, as they came.
        asked: the roles whose columns the caller named.
        said: for each role that was read from another name: that name.
        classes: where each class's column of probabilities is, `p_NAME`.
        targets: where each of several targets is, `target_NAME`.
        predictions: where the predictions of each of them are, `prediction_NAME`.
    """

    def __init__(
        self, name: str, labels: Sequence[Any], asked: Mapping[str, Any], all_asked: bool = True
    ) -> None:
        """Find what is named as documented, or asked for.

        Args:
            name: of the table.
            labels: the names of its columns.
            asked: for each role the column that the caller names.
            all_asked: whether each of these must be there.

        Raises:
            UserError: two columns have one name, or a column asked for is not there.
        """
        self.name, self.labels = name, list(labels)
        texts = [str(label).strip() for label in self.labels]
        twice = [text for text, times in Counter(texts).items() if text and times > 1]
        if twice:
            raise UserError(
                f"{name} has two columns {shown(twice[0])}. Remove one of them, or give it another name."
            )
        self._keys: dict[str, list[int]] = {}
        for place, label in enumerate(self.labels):
            self._keys.setdefault(key(label), []).append(place)
        self._places: dict[str, int] = {}
        self.asked: set[str] = set()
        self.said: dict[str, str] = {}
        for role, column in asked.items():
            named = self._named(column)
            if named is not None:
                self._places[role] = named
                self.asked.add(role)
            elif all_asked:
                near = did_you_mean(str(column), [t for t in texts if t])
                raise UserError(
                    f"{name} has no column {shown(column)}, which {subject('columns')} names for {role}.{near} "
                    f"Its columns: {listed_names(texts)}."
                )
        taken = set(self._places.values())
        for role in ROLES:
            if role in self._places:
                continue
            places = [
                p
                for n in (role, *_ALSO.get(role, ()))
                for p in self._keys.get(n, ())
                if p not in taken
            ]
            if len(places) > 1:
                one, other = texts[places[0]], texts[places[1]]
                raise UserError(
                    f"{name} has the columns {shown(one)} and {shown(other)}: either may be the {role}. Say which: "
                    f"{argument('columns', {role: one})}, or remove one."
                )
            if places:
                self._places[role] = places[0]

        self.classes = self._named_by("p_", texts, "class")
        self.targets = self._named_by("target_", texts, "target")
        self.predictions = self._named_by("prediction_", texts, "prediction")

    def _named_by(self, prefix: str, texts: Sequence[str], what: str) -> dict[str, int]:
        """Return where the columns are whose names begin so, by the rest of their names."""
        found: dict[str, int] = {}
        for place, text in enumerate(texts):
            if not text.lower().startswith(prefix):
                continue
            name = text[len(prefix) :].strip().lower()
            if name in found:
                other = texts[found[name]]
                raise UserError(
                    f"{self.name} has the columns {shown(other)} and {shown(text)} for one {what}. Remove one of them."
                )
            found[name] = place
        return found

    def place(self, role: str) -> int | None:
        """Return where the column of a role is."""
        prefix, _, name = role.partition("_")
        own = {"p": self.classes, "target": self.targets, "prediction": self.predictions}
        if name and prefix in own:
            return own[prefix].get(name)
        return self._places.get(role)

    def label(self, role: str) -> str:
        """Return the name of the column of a role."""
        place = self.place(role)
        assert place is not None, role
        return str(self.labels[place]).strip()

    def need(
        self,
        roles: Sequence[str],
        example: str,
        is_number: Callable[[int], bool],
        hint: Callable[[], str] = lambda: "",
    ) -> None:
        """See that there are columns of these roles, or read the one that others call so; of `a|b` either will do.

        Args:
            roles: that are needed.
            example: what is expected at least, in words.
            is_number: whether a column at a place holds numbers.
            hint: what the table may be instead.

        Raises:
            UserError: one is missing; the message says what may have been meant, and what to type.
        """
        wanted = [role for role in roles if not any(one in self._places for one in role.split("|"))]
        others = {role: self._others(role.split("|")[0], is_number) for role in wanted}
        if any(len(places) != 1 for places in others.values()):
            raise UserError(hint() or self._lacking(others, example, is_number))
        if "dataset" not in self._places:
            others["dataset"] = self._others("dataset", is_number)
        for role, places in others.items():
            if len(places) == 1:
                self._places[role] = places[0]
                self.said[role] = self.label(role)

    def _lacking(
        self,
        others: Mapping[str, Sequence[int]],
        example: str,
        is_number: Callable[[int], bool],
    ) -> str:
        """Say which columns are missing, what may be meant, and what to type."""
        known = [str(label).strip() for label in self.labels]
        missing = [role for role, places in others.items() if len(places) != 1]
        text = f"{self.name} has no column "
        text += " and none ".join(" or ".join(map(repr, role.split("|"))) for role in missing) + "."
        guesses: dict[str, str | Blank] = {}
        for role, places in others.items():
            first = role.split("|")[0]
            names = [known[p] for p in places or self._perhaps(first)] or closest(first, known)
            dataset = self._places.get("dataset")
            if dataset is None:
                dataset = next(iter(self._others("dataset", is_number)), None)
            if first == "replicate" and not names and dataset is not None:
                text += " If there is one run for each data set, these can be the replicates."
                names = [known[dataset]]
            elif role in missing and len(names) > 1:
                text += f" The {first} may be {' or '.join(map(shown, names[:4]))}."
            elif role in missing and names:
                text += f" Did you mean {shown(names[0])}?"
            guesses[first] = names[0] if names else Blank("COLUMN")
        return (
            f"{text} Say which: {argument('columns', guesses)}. Its columns: {listed_names(known)}. "
            f"Expected at least {example}."
        )

    def _named(self, column: Any) -> int | None:
        """Return where a column asked for is: by its name as it came, as it is written, or nearly so."""
        ways: tuple[Callable[[Any], object], ...] = (
            lambda label: (type(label).__name__, str(label)),
            lambda label: str(label).strip(),
            key,
        )
        for way in ways:
            places = [place for place, label in enumerate(self.labels) if way(label) == way(column)]
            if places:
                return places[0] if len(places) == 1 else None
        return None

    def _others(self, role: str, is_number: Callable[[int], bool]) -> list[int]:
        """Return the columns that others call so, and that may be read."""
        taken = set(self._places.values())
        free = [place for place in range(len(self.labels)) if place not in taken]
        if role == "score":
            return self._scores([place for place in free if is_number(place)])
        names = _SYNONYMS.get(role, frozenset())
        return [p for p in free if _PREFIXES.sub("", key(self.labels[p])) in names]

    def _scores(self, places: Sequence[int]) -> list[int]:
        """Return the columns of known metrics: on test examples, else on validation examples."""
        known = [p for p in places if meaning(str(self.labels[p])) is not None]
        parts = {p: part(str(self.labels[p])) for p in known}
        return [p for p in known if parts[p] == "test"] or [
            p for p in known if parts[p] == "validation"
        ]

    def _perhaps(self, role: str) -> list[int]:
        names = _PERHAPS.get(role, frozenset())
        return [p for p, label in enumerate(self.labels) if _PREFIXES.sub("", key(label)) in names]
