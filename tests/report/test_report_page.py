"""The page: self-contained, the same for the same study."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bridle.origins import Claim
from bridle.report.figures import differences
from bridle.report.terminal import lines
from bridle.verdict.claims import ClaimVerdict
from tests.report.conftest import Make, paged
from tests.report.invented import GRIDS, Invented, around, configurations

SCORES = {"none": [0.895] * 4, "dropout": around(0.914, 0.005, 4), "l1": around(0.897, 0.02, 4)}
CLAIM = Claim("l1", "none", "l1 above none")
PUBLISHED = (
    {"method": "l1", "metric": "test accuracy", "value": 0.9789, "text": "97.89 % <one run>"},
)


class Links(HTMLParser):
    """Collects what a page would fetch, its pictures' descriptions, and tags left open."""

    void = frozenset({"meta", "img", "br", "link", "input", "hr", "wbr"})

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.alts: list[str] = []
        self.ids: list[str] = []
        self.anchors: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in self.void:
            self.open.append(tag)
        if tag == "img":
            self.alts.append(values.get("alt") or "")
        if "src" in values:
            self.fetched.append(values["src"] or "")
        if tag == "a":
            self.anchors.append(values["href"] or "")
        elif "href" in values:
            self.fetched.append(values["href"] or "")
        if "id" in values:
            self.ids.append(values["id"] or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Invented:
    return Invented(
        tmp_path_factory.mktemp("study"),
        "moons(n=100,noise=0.3,validation=0.2)",
        SCORES,
        published=PUBLISHED,
        claims=(ClaimVerdict(CLAIM, 0.002, -0.02, 0.02, "undecided"),),
    )


@pytest.fixture(scope="module")
def path(study: Invented) -> Path:
    return study.report()


def test_page(study: Invented, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    links = Links()
    links.feed(text)
    assert links.open == []
    icon, *pictures = links.fetched
    assert icon == "data:,"  # keeps browsers from asking for one
    assert len(pictures) == 7
    assert all(source.startswith("data:image/") for source in pictures)
    assert all(len(alt) > 20 for alt in links.alts)
    assert {anchor.removeprefix("#") for anchor in links.anchors} <= set(links.ids)
    assert len(links.ids) == len(set(links.ids))
    outside = re.sub(r"data:image/[^\"]*", "", text)
    assert "url(" not in outside
    assert "Dropout helps: +1.9 points of test accuracy" in text
    assert "97.89 % &lt;one run&gt;" in text
    assert "bridle compare" in text
    assert "bridle 0.1.0" in text
    assert len(text) < 3_000_000
    assert list(path.parent.glob("*.partial")) == []

    again = study.report().read_bytes()
    assert again == text.encode()


@pytest.mark.long
def test_a_page_of_a_whole_comparison_is_small(make: Make) -> None:
    """Seven methods, ten replicates, 10,000 test examples."""
    methods = ("l1", "l2", "dropout", "weight_decay", "batch_norm", "early_stopping")
    grids = {
        "l1": configurations("l1", "strength", tuple(10.0**-k for k in range(9))),
        "none": configurations("none", None, tuple(10.0**-k for k in range(1, 10))),
    }
    text = paged(make({"none": around(0.9), **{m: around(0.9) for m in methods}}, grids=grids))
    assert len(text.encode()) < 4_000_000
    drawn = re.search(r'<script type="application/json" id="study">(.*?)</script>', text, re.S)
    assert drawn is not None
    settings = 9 + 9 + 3 * (len(methods) - 1)
    # what one more setting costs, so that fifty methods stay below 15 MB
    assert len(drawn[1]) / settings < 20_000


def test_page_without_comparison_and_with_a_nasty_name(make: Make) -> None:
    grids = {
        "dropout(rate=[0.5,0])": [{"hyperparameters": {"rate": [0.5, 0]}, "learning_rate": 0.01}]
    }
    text = make({"dropout(rate=[0.5,0])": [0.9]}, grids=grids).report().read_text(encoding="utf-8")
    assert "nothing was compared with it" in text
    assert "bridle train" in text


def test_the_page_of_one_method_has_no_columns_of_comparison(make: Make) -> None:
    alone, compared = paged(make({"dropout": [0.9]})), paged(make(SCORES))
    for column in ("vs none [interval]", "wins", "verdict"):
        assert f">{column}</span>" not in alone
        assert f">{column}</span>" in compared
    for column in ("test accuracy", "zeros"):
        assert f">{column}</span>" in alone


def test_figures_have_the_width_that_their_letters_want(make: Make) -> None:
    widths = [
        [int(text) for text in re.findall(r"--natural:(\d+)px", paged(make(scores)))]
        for scores in ({"dropout": [0.9]}, SCORES)
    ]
    assert max(map(max, widths)) == 1056  # 11 inches
    assert min(widths[0]) < 600 < min(widths[1])


def test_no_number_of_a_setting_is_broken_at_its_minus_sign(make: Make) -> None:
    text = paged(make(SCORES))
    assert (
        '<td><span class="whole">strength 1e-5</span>, <span class="whole">1e-4</span>, '
        '<span class="whole">0.001</span></td>' in text
    )


def test_no_option_of_an_advised_line_is_broken_at_its_hyphens(make: Make) -> None:
    text = paged(make(SCORES))
    line = re.search(r"→ <code>(.*?)</code>", text)
    assert line is not None
    assert re.search(r'<span class="whole">--[a-z-]+( \d+)?</span>', line[1])


def test_no_interval_of_accuracies_leaves_what_is_possible(make: Make) -> None:
    study = make({"none": [0.9, 0.4], "dropout": [0.4, 0.9]})
    comparison = study.comparison()
    assert comparison is not None
    assert comparison["dropout"].high > 2  # of two replicates the t distribution says little
    answer = study.answer
    for text in (paged(study), "\n".join(lines(answer, 100))):
        assert "0.0 [−100.0, +100.0]" in text
    (shown,) = differences.record(study.answer).differences
    assert (shown.low, shown.high) == (-100, 100)


def test_the_page_counts_settings_and_says_how_they_were_chosen(make: Make) -> None:
    scores = {"none": around(0.9), "l1": around(0.9)}
    added = {
        "none": configurations("none", None, (0.005, 0.05)),
        "l1": configurations("l1", "strength", (1e-6, 1e-7)),
    }
    grids = {m: GRIDS[m] + [{**c, "round": 1} for c in found] for m, found in added.items()}
    text = paged(make(scores, grids=grids, select="one-se"))
    assert "5 settings each, chosen on validation by one standard error" in text
    assert "5 for every method and for no regularization, with those of 1 round of ref" in text
    assert "the strongest setting within one standard error of the best" in text
    assert text.count('<td class="number">5</td>') == 2
    assert "--grid l1.strength=1e-5,1e-4,0.001" in text  # refinement adds the others itself
    assert "--seed 0 --select one-se --refine" in text

    uneven = paged(make(scores, grids={"l1": GRIDS["l1"][:2]}))
    assert "none 3; l1 2" in uneven
    assert "methods were tuned with unequal effort" in uneven
    assert "--select" not in uneven
    assert "--refine" not in uneven
