"""What a search has found so far, as a file in its folder: `search.json`, written whole after every round."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bridle.engine.spec import content_hash
from bridle.errors import UserError, told
from bridle.files import read_json, write_json
from bridle.searches.space import Candidate
from bridle.study.folders import SEARCH
from bridle.wording import argument

FORMAT = 1


@dataclass(frozen=True)
class Tried:
    """A candidate and what became of it.

    Attributes:
        strengths: as of `Candidate`.
        rate: likewise.
        proposed: what Optuna proposed, by the names of its parameters.
        merit: by what it was ranked on validation data, higher is better, the score or loss of the criterion first;
            empty if every training diverged. A mean over the search's replicates if it was trained in full.
        full: whether it was trained for all epochs; otherwise its first short training ended it.
        score: its validation score, as the task writes it.
        round: in which it was tried, from 0.
    """

    strengths: dict[str, float | None]
    rate: float
    proposed: dict[str, Any]
    merit: tuple[float, ...]
    full: bool
    score: float
    round: int

    @functools.cached_property
    def candidate(self) -> Candidate:
        """The cocktail."""
        return Candidate(self.strengths, self.rate)


@dataclass(frozen=True)
class Searched:
    """A search.

    Attributes:
        asked: the hash of what was searched, by which the same command goes on.
        metric: of the validation scores.
        pool: number of methods that might be used.
        epochs: of a full training.
        seconds: that the search took.
        tried: every candidate, in order.
        found: the label of the best candidate once the search is over; empty before.
        single: the label of the best candidate with one method alone; empty if there is none.
    """

    asked: str
    metric: str
    pool: int
    epochs: int
    seconds: float = 0.0
    tried: tuple[Tried, ...] = field(default=())
    found: str = ""
    single: str = ""

    @property
    def rounds(self) -> int:
        """Number of finished rounds."""
        return max((one.round for one in self.tried), default=-1) + 1

    @property
    def best(self) -> Tried | None:
        """The candidate with the best validation merit among those trained in full; the first of equal ones."""
        return self._best(lambda one: one.full)

    @property
    def best_single(self) -> Tried | None:
        """The best candidate with one method alone, among those trained in full if there are any."""
        alone = [one for one in self.tried if len(one.strengths) == 1]
        full = any(one.full and one.merit for one in alone)
        return self._best(lambda one: len(one.strengths) == 1 and (one.full or not full))

    @property
    def plain(self) -> Tried | None:
        """The best candidate without any method."""
        return self._best(lambda one: not one.strengths and one.full)

    def _best(self, among: Any) -> Tried | None:
        able = [one for one in self.tried if one.merit and among(one)]
        return max(able, key=lambda one: one.merit, default=None)

    @property
    def sets(self) -> int:
        """Number of different sets of methods."""
        return len({tuple(sorted(one.strengths)) for one in self.tried})


def write(folder: Path, searched: Searched) -> None:
    """Write `search.json`, whole or not at all."""
    content = {"format": FORMAT, **asdict(searched)}
    write_json(folder / SEARCH, {**content, "digest": content_hash(content)})


def read(folder: Path) -> Searched | None:
    """Return the search of a folder; None if it holds none.

    Raises:
        UserError: the file is damaged, or from another version of Bridle.
    """
    path = folder / SEARCH
    if not path.is_file():
        return None
    try:
        content = read_json(path)
        digest = content.pop("digest", None)
        if content.get("format") != FORMAT or digest != content_hash(content):
            raise ValueError("it does not have the digest of its content")
        del content["format"]
        tried = tuple(_tried(one) for one in content.pop("tried"))
        return Searched(**content, tried=tried)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"{path} is not as Bridle wrote it: {told(error).rstrip('.')}. Restore it from a copy, or search anew with "
            f"another folder as {argument('out')}."
        ) from error


def _tried(saved: Mapping[str, Any]) -> Tried:
    return Tried(**{**saved, "merit": tuple(saved["merit"])})
