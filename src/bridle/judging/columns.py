"""Which column of a table has which role: as the caller says, by its own name, or by a usual other name."""

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
"""Roles of columns in tables of runs and of predictions. A role's column is called by its name."""

ONLY_PREDICTIONS = frozenset(("example", "correct", "target", "prediction", "weight"))
"""Roles that only tables of predictions have."""

_ALSO = {"score": ("test_score",)}
"""Further documented names of a role's column."""


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
"""Other names that hardly mean anything else. Such a column is read if it is the only one with such a name."""

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
"""Names that may mean a role. Such a column is not read; the error asks whether it is meant."""

METHODS = frozenset(("method",)) | _SYNONYMS["method"] | _PERHAPS["method"]
"""All names that a column of methods may have."""

REPLICATES = frozenset(("replicate",)) | _SYNONYMS["replicate"] | _PERHAPS["replicate"]
"""All names that a column of replicates may have."""

_PREFIXES = re.compile(r"^(?:configs?|params?|hparams?|hyperparameters|args)_")


def key(label: object) -> str:
    """Return a column's name in lower case with underscores: `Test-Score ` becomes `test_score`."""
    return re.sub(r"[\s\-/.]+", "_", str(label).strip()).lower()


def read_asked(given: object) -> dict[str, Any]:
    """Return the column of each role that the caller names, as `method=model,replicate=seed` or in a dictionary.

    Raises:
        UserError: `given` is neither, or names an unknown role or a role twice.
    """
    if given is None:
        return {}
    if isinstance(given, Mapping):
        pairs = [(str(role), column) for role, column in given.items()]
    elif isinstance(given, str):
        # names of columns may contain commas: a new pair begins only at a role with =
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
            raise _no_role(role, column, pairs)
        if column == "":
            raise UserError(
                argument=f"{subject('columns')} {role}=",
                expected="the name of a column",
                received=given,
            )
    if len({role for role, _ in pairs}) < len(pairs):
        raise UserError(f"{subject('columns')} names a role twice; received {shown(given)}.")
    return dict(pairs)


def _no_role(role: str, column: object, pairs: Sequence[tuple[str, Any]]) -> UserError:
    """Build the error for a pair whose first part is no role: written the wrong way round, or a usual other name."""
    where = subject("columns")
    if column in ROLES:
        typed, turned = (",".join(f"{a}={b}" for a, b in way) for way in (pairs, _turned(pairs)))
        return UserError(
            f"In {where} the role stands before the name of its column: {column}={role}; received "
            f"{shown(f'{role}={column}')}.",
            instead=(typed, turned),
        )
    proper = next((known for known, names in _SYNONYMS.items() if key(role) in names), None)
    if proper is not None:
        return UserError(
            f"Unknown role in {where} {shown(role)}. Did you mean {shown(proper)}?",
            instead=(role, proper),
        )
    return unknown(f"role in {where}", role, ROLES)


def _turned(pairs: Sequence[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Return pairs with the role first, where only the second part is one."""
    return [(str(b), a) if a not in ROLES and b in ROLES else (a, str(b)) for a, b in pairs]


class Columns:
    """The columns of a table by their roles. A *place* is a column's position in the table.

    Attributes:
        labels: the names of the columns, unchanged.
        asked: the roles whose columns the caller named.
        said: the column's name for each role that was read from a usual other name.
        classes: by class, the place of its column of probabilities, `p_NAME`.
        targets: by target, the place of its column, `target_NAME`.
        predictions: by target, the place of its column of predictions, `prediction_NAME`.
    """

    def __init__(
        self, name: str, labels: Sequence[Any], asked: Mapping[str, Any], all_asked: bool = True
    ) -> None:
        """Find the columns that the caller names, and those with documented names.

        Args:
            name: of the table.
            labels: the names of its columns.
            asked: for each role the column that the caller names.
            all_asked: whether the table must have all of these.

        Raises:
            UserError: two columns have the same name, or a column that the caller names is missing.
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
        """Return the places of the columns whose names begin with `prefix`, by the rest of their names."""
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
        """Return the place of a role's column; None if there is none."""
        prefix, _, name = role.partition("_")
        own = {"p": self.classes, "target": self.targets, "prediction": self.predictions}
        if name and prefix in own:
            return own[prefix].get(name)
        return self._places.get(role)

    def label(self, role: str) -> str:
        """Return the name of a role's column."""
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
        """Check that there is a column for each of these roles; a single column with a usual other name counts.

        Args:
            roles: that are needed; for `a|b` a column of either role is enough.
            example: the least that is expected, in words.
            is_number: whether the column at a place holds numbers.
            hint: returns what the table may be instead, in words.

        Raises:
            UserError: one is missing; the message says which column may be meant, and what to type.
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
        """Say which columns are missing, which ones may be meant, and what to type."""
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
        """Return the place of a column that the caller names: by its type and name, else its text, else its `key`."""
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
        """Return the places of columns that have a usual other name for a role."""
        taken = set(self._places.values())
        free = [place for place in range(len(self.labels)) if place not in taken]
        if role == "score":
            return self._scores([place for place in free if is_number(place)])
        names = _SYNONYMS.get(role, frozenset())
        return [p for p in free if _PREFIXES.sub("", key(self.labels[p])) in names]

    def _scores(self, places: Sequence[int]) -> list[int]:
        """Return the places of columns with names of metrics: on test examples, else on validation examples."""
        known = [p for p in places if meaning(str(self.labels[p])) is not None]
        parts = {p: part(str(self.labels[p])) for p in known}
        return [p for p in known if parts[p] == "test"] or [
            p for p in known if parts[p] == "validation"
        ]

    def _perhaps(self, role: str) -> list[int]:
        names = _PERHAPS.get(role, frozenset())
        return [p for p, label in enumerate(self.labels) if _PREFIXES.sub("", key(label)) in names]
