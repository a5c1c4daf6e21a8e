"""The pure parts of the benchmarks: medians, goals, and the table that the document holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks import record, table, table_peers_tables
from benchmarks.contest import Outcome, Peer, contest, environment


def test_medians_have_three_digits() -> None:
    assert record.median([3.0, 1.23456, 2.0]) == 2.0
    assert record.median([1234.5]) == 1230.0
    assert record.median([1.0, 2.0]) == 1.5


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (record.at_least("speed", 2.0, 2.0, "×"), True),
        (record.at_least("speed", 1.99, 2.0, "×"), False),
        (record.at_most("time", 0.5, 0.5, "s"), True),
        (record.at_most("time", 0.51, 0.5, "s"), False),
        (record.within("growth", -10.0, 10.0, "%"), True),
        (record.within("growth", -11.0, 10.0, "%"), False),
        (record.at_most("growth", -11.0, 10.0, "%"), True),
        (record.plain("speed", 2.0, "×"), None),
    ],
)
def test_a_goal_is_reached_or_not(row: record.Row, expected: bool | None) -> None:
    assert record.reached(row) is expected


def test_lines_of_the_table() -> None:
    missed = record.at_least("steps per second over Keras", 987.4, 1000, "×")
    assert table.line("moons", missed) == (
        "| moons | steps per second over Keras | ≥ 1,000× | 987× | **missed** |"
    )
    reached = record.at_most("help", 0.4512, 0.5, "s")
    assert table.line("start", reached) == "| start | help | ≤ 0.5 s | 0.451 s | reached |"
    assert table.line("a", record.plain("b", 12345.6, "µs")) == "| a | b | – | 12,346 µs |  |"


def results(**figures: object) -> dict[str, object]:
    facts = {"cpu": "a processor", "cores": 2, "python": "3.11", "versions": {"jax": "1.0"}}
    row = record.at_least("speed", 3.0, 2.0, "×")
    return {"moons": {"machine": facts, "repeats": 5, "rows": [row], **figures}}


def test_a_section_names_the_machine_and_lists_every_row() -> None:
    text = table.section(results())
    assert "a processor, 2 cores" in text
    assert "medians of 5 (moons)" in text
    assert "| moons | speed | ≥ 2× | 3× | reached |" in text


def test_details_become_tables_of_their_own() -> None:
    detail = record.Detail(title="Widths", head=["lanes", "µs"], lines=[["1", "60"], ["2", "40"]])
    text = table.section(results(details=[detail]))
    assert text.endswith("\n\nWidths:\n\n| lanes | µs |\n| --- | --- |\n| 1 | 60 |\n| 2 | 40 |")


def test_results_without_rows_are_left_out() -> None:
    assert table.section({"older": {"seconds": 3}}) == ""


def test_the_table_is_put_between_its_markers_and_nothing_else_changes() -> None:
    document = f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n"
    once = table.written(document, "new")
    assert once.startswith("before\n")
    assert once.endswith("\nafter\n")
    assert "old" not in once
    assert table.written(once, "new") == once
    with pytest.raises(ValueError, match="no place"):
        table.written("nothing here", "new")


def test_the_document_says_what_the_results_say() -> None:
    text = table.DOCUMENT.read_text(encoding="utf-8")
    assert text == table.written(text, table.body())


def test_ratios_are_medians_of_pairs() -> None:
    outcome = Outcome({"a": [2.0, 8.0, 30.0], "b": [1.0, 2.0, 10.0]}, {"a": {}, "b": {}})
    assert outcome.ratio("a", "b") == 3.0
    assert outcome.fastest(["a", "b"]) == "a"
    assert json.dumps(outcome.figures())


class Counted:
    """A contender that needs no other library."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name, self.log = name, log

    def prepare(self) -> None:
        self.log.append(f"{self.name} prepared")

    def measure(self, repeat: int) -> dict[str, float]:
        self.log.append(f"{self.name} {repeat}")
        return {"steps": 10, "seconds": 2.0}

    def describe(self) -> dict[str, object]:
        return {}

    def close(self) -> None:
        self.log.append(f"{self.name} closed")


def test_contenders_take_turns() -> None:
    log: list[str] = []
    outcome = contest([Counted("a", log), Counted("b", log)], 2)
    assert log[:2] == ["a prepared", "b prepared"]
    assert log[2:6] == ["a 0", "b 0", "a 1", "b 1"]
    assert log[6:] == ["a closed", "b closed"]
    assert outcome.rates == {"a": [5.0, 5.0], "b": [5.0, 5.0]}


def test_one_thread_is_one_for_every_library() -> None:
    held = environment(1)
    assert held["OMP_NUM_THREADS"] == held["TF_NUM_INTRAOP_THREADS"] == "1"
    assert "multi_thread_eigen=false" in held["XLA_FLAGS"]
    assert "OMP_NUM_THREADS" not in environment(None)


def test_a_peer_speaks_over_its_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        "from benchmarks.peers.serve import serve\n"
        "def prepare(scale):\n"
        "    print('chatter')\n"
        "    return lambda: {'steps': 10 * scale, 'seconds': 1.0}\n"
        "serve(prepare)\n"
    )
    (tmp_path / "benchmarks_toy.py").write_text(script)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{record.RESULTS.parents[1]}")
    monkeypatch.setattr("benchmarks.contest.PACKAGE", "")
    peer = Peer("toy", "benchmarks_toy", {"scale": 1}, ({"threads": 1}, {"scale": 3}), processes=2)
    try:
        peer.prepare()
        assert peer.chosen == {"scale": 3}
        assert peer.measure(0) == {"steps": 60, "seconds": 1.0}
    finally:
        peer.close()


def test_peers_are_compared_on_the_splits_of_both(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"name": name, "split": split, "contender": label, "label": label, "score": score, "seconds": seconds}
        for name, label, scores, seconds in (
            ("segment", "Bridle, 8 networks", (0.9, 0.9, 0.9), 10.0),
            ("segment", "other", (0.91, 0.93), 5.0),
            ("yacht", "Bridle, 8 networks", (-1.0, -1.0), 10.0),
            ("yacht", "other", (-2.0, -2.0), 20.0),
        )
        for split, score in enumerate(scores)
    ]  # fmt: skip
    rows.append(
        {"name": "yacht", "split": 0, "contender": "third", "label": "third", "failed": "no"}
    )
    (tmp_path / "results.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    scores = table_peers_tables.by_set(rows, "score")
    gap, half = table_peers_tables.difference(scores["segment"], "other")
    assert gap == pytest.approx(2.0)
    # gaps 1 and 3, variance 2; a quarter as many rows test as train; t of one degree of freedom
    assert half == pytest.approx(12.7062 * (2 * (1 / 2 + 1 / 4)) ** 0.5, rel=1e-4)
    every = ("Bridle, 8 networks", "other", "third")
    text = table_peers_tables.tables(tmp_path, 3, every)
    assert "| other | 2 | 1 | 0 | 1 | 0 | 1 | 1.2× |" in text
    assert "| yacht | – | −1.00 ± 0.00 |" in text
    assert text.endswith("third on yacht: no")
    assert "| segment | 90.00 | 92.00 |" in text
    assert "| segment | 90.00 | 91.00 |" in table_peers_tables.tables(tmp_path, 1, every)
    assert "other" not in table_peers_tables.tables(tmp_path, 3, every[::2])
