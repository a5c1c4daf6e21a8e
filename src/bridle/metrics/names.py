"""Usual names of scores, and whether lower or higher is better: a closed list, nothing is guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Range = Literal["share", "at most 1", "at least 0", "at most 0", "any", "unknown"]
"""Range of the scores: `share` from 0 to 1, or in percent from 0 to 100; `any` where there is no bound."""


@dataclass(frozen=True)
class Meaning:
    """What a name says about its scores.

    Attributes:
        words: the name as it reads after "test", without prefixes such as `val_`.
        lower: whether lower is better.
        range: where its scores lie.
        generic: whether it names no metric, as `score`: higher is better by convention alone.
    """

    words: str
    lower: bool
    range: Range = "any"
    generic: bool = False


# Written as `_key` leaves them: without parts of the data, means and separators.
_SHARES = """
    accuracy acc categoricalaccuracy sparsecategoricalaccuracy binaryaccuracy multiclassaccuracy
    balancedaccuracy balancedacc bacc
    accuracyundernoise accuracyatnoise robustness robustaccuracy cleanaccuracy
    auroc auc roc rocauc aucroc auccurve areaunderroc areaundercurve auprc aupr prauc aucpr
    averageprecision ap map precision recall sensitivity specificity tpr tnr ppv npv
    truepositiverate truenegativerate f f1 fbeta f05 f2 fmeasure f1measure fscore gmean
    iou miou jaccard jaccardindex dice dicecoefficient ndcg mrr hitrate hits exactmatch em
    successrate winrate passrate cindex concordance concordanceindex purity nmi ami
    normalizedmutualinfo adjustedmutualinfo fowlkesmallows homogeneity completeness vmeasure
    """
_AT_MOST_1 = """
    r2 rsquared rsq d2brier d2logloss rand r2adjusted adjustedr2 explainedvariance d2 d2absoluteerror d2pinball mcc phi
    matthews matthewscorrcoef matthewscorrelation kappa cohenkappa cohenskappa qwk
    quadraticweightedkappa pearson pearsonr spearman spearmanr kendall kendalltau corr correlation
    corrcoef ccc nse ari randindex adjustedrandindex adjustedrand silhouette ssim
    """
_HIGHER = """
    reward return returns episodereward episodereturn cumulativereward loglikelihood likelihood
    loglik logprob elbo evidence psnr snr bleu sacrebleu rouge rouge1 rouge2 rougel meteor cider
    inception inceptionscore mutualinfo elo utility profit gain throughput
    """
_ERRORS = """
    error err errorrate errrate misclassification misclassificationrate misclassificationerror
    classificationerror zeroone zerooneloss hamming hammingloss wer cer eer ter ber fpr fnr far frr
    falsepositiverate falsenegativerate balancederror balancederrorrate worderrorrate
    charactererrorrate generalizationerror
    logloss crossentropy crossent crossentropyloss xent ce celoss bce bceloss
    binarycrossentropy categoricalcrossentropy sparsecategoricalcrossentropy softmaxcrossentropy
    perplexity ppl bitsperbyte bpb bitspercharacter bpc bitsperdim bpd
    mse rmse mae mape smape msle rmsle medae nrmse nmse mase mre rae rrse sse rss
    squarederror rootsquarederror absoluteerror squaredlogerror rootsquaredlogerror
    percentageerror absolutepercentageerror squarederrorloss l1error l2error l1loss l2loss mseloss
    medianabsoluteerror maxerror maximumerror medianerror
    predictionerror reconstructionerror reconstructionloss huber huberloss hinge hingeloss
    squaredhinge focal focalloss pinball pinballloss quantileloss crps
    brier brierscore brierloss brierscoreloss calibrationerror ece mce ace sce rmsce
    expectedcalibrationerror maximumcalibrationerror
    kl kld kldivergence kldiv jsdivergence fid kid mmd lpips regret deviance poissondeviance
    gammadeviance
    """
_LOSSES = """
    loss losses totalloss nll nllloss negativeloglikelihood negloglikelihood negloglik aic bic cost risk
    empiricalrisk energy freeenergy triplet tripletloss contrastiveloss regularizedloss
    """

_KINDS: tuple[tuple[str, bool, Range], ...] = (
    (_SHARES, False, "share"),
    (_AT_MOST_1, False, "at most 1"),
    (_HIGHER, False, "any"),
    (_ERRORS, True, "at least 0"),
    (_LOSSES, True, "any"),
)
_KNOWN: dict[str, tuple[bool, Range]] = {
    name.lower(): (lower, where) for names, lower, where in _KINDS for name in names.split()
}

_WHERE = """
    test tests testing tst val valid validation dev train training trn eval evaluation heldout holdout oof cv
    final best last epoch step mean avg average macro micro weighted samples sample overall the of in at on
    percent pct rate metrics metric summary results result perf ovr ovo score scores value
    """
_PARTS = frozenset(_WHERE.split())
"""Words that say where a score was measured or how it was averaged, but not what it is."""

_GENERIC = frozenset(("score", "scores"))

_TURNED = frozenset(("neg", "negative", "negated", "minus"))

_JOINED = re.compile(r"^(?:test|valid|val|train|eval|dev)(?=.)")

_COMPLEMENT = re.compile(r"^\s*(?:1|1\.0|100)\s*%?\s*[-\u2212\u2013]\s*(?=[A-Za-z])")

_TEST = re.compile(r"^(?:tests?|testing|tst)(?:[\s_\-/.:]+|(?=[A-Z]))", re.IGNORECASE)


def meaning(name: str) -> Meaning | None:
    """Return what a name says about its scores: `test/acc`, `val_loss`, `RMSE`, `neg_log_loss`, `MacroF1`.

    Args:
        name: of a metric, or of a column of scores.

    Returns:
        None if the name is not in the list.
    """
    rest = _COMPLEMENT.sub("", name, count=1)
    if rest != name:  # the complement of a share, such as 1 − accuracy
        whole = meaning(rest)
        if whole is None or whole.range not in ("share", "at least 0"):
            return None
        return Meaning(said(name), not whole.lower, "at most 1" if whole.lower else "at least 0")
    words = _words(name)
    found = _known(words)
    if re.match(r"[-\u2212\u2013]", name.strip()) and words[:1] != ["neg"]:
        words, found = ["neg", *words], None
    if found is None and len(words) > 1 and words[0] in _TURNED:
        loss = _known(words[1:])
        # minus a loss is better when higher; minus an accuracy has no usual meaning
        if loss is not None and loss[0]:
            found = (False, "at most 0" if loss[1] == "at least 0" else "any")
    if found is not None:
        return Meaning(said(name), *found)
    if words and set(words) <= _PARTS and _GENERIC & set(words):
        return Meaning(said(name), lower=False, range="unknown", generic=True)
    return None


def part(name: str) -> Literal["test", "validation", "training"]:
    """Return the part of the data in a column's name; `test` if the name has none."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.strip()).lower()
    words = set(re.findall(r"[^\W\d_]+", text))
    if words & {"test", "tests", "testing", "tst"}:
        return "test"
    if words & {"train", "training", "trn"} or re.match(r"train(?=\w)", text):
        return "training"
    if words & {"val", "valid", "validation", "dev"} or re.match(r"val(?!ue)(?=\w)", text):
        return "validation"
    return "test"


def said(name: str) -> str:
    """Return a name as it reads after "test": `test_loss` is `loss`."""
    text = name.strip()
    return _TEST.sub("", text, count=1) or text


def _known(words: list[str]) -> tuple[bool, Range] | None:
    """Look words up: all of them, then without those that say where and how the score was measured."""
    kept = [word for word in words if word not in _PARTS]
    trimmed = [word for word in kept if not word.isdigit()]
    for some in (words, kept, trimmed):
        joined = "".join(some)
        for one in (joined, _JOINED.sub("", joined)):
            if one in _KNOWN:
                return _KNOWN[one]
    return None


def _words(name: str) -> list[str]:
    """Split a name at separators and capitals: `testLogLoss`, `test/log-loss` are `test log loss`."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", " ", name.strip())
    text = text.replace("²", "2").replace("@", " ")
    text = re.sub(
        r"\([^()]*\)", " ", text
    )  # arguments and units: robustness(noise=0.3), accuracy (%)
    text = re.sub(r"(?<![a-z])top[\W_]*(?:\d+|k(?![a-z]))", " ", text.lower())  # top-5 and the like
    text = re.sub(r"(?<![a-z])(acc|accuracy|err|error)\d+", r"\1", text)
    return re.findall(r"[^\W_]+", text)
