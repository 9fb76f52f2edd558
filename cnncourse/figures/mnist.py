"""Figures of the chapter "MNIST": digits, runs beside the paper's errors, accuracy against the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from cnncourse.figures.grammar import draw_images, new_axes, number
from cnncourse.mnist import PAPER_ERROR, PAPER_ERROR_DISTORTED, RECORDED, Point, band

TEST_IMAGES = 10_000
GUESSING = 0.2  # accuracy below which a network has learned next to nothing; chance is 0.1
COUNTS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def draw_first_digits(images: Sequence[ArrayLike], labels: Sequence[int], *, remark: str = "") -> Figure:
    """Draw the first digits of the test set, each under its label.

    Args:
        images: each of shape (H, W), in [0, 1].
        labels: one each.
        remark: what else there is to see, a sentence for the alt text.

    Returns:
        The figure, its alt text as its label.
    """
    titles = [str(int(label)) for label in labels]
    alt = describe_first_digits(titles, remark)
    return draw_images(images, titles, alt=alt, roles=["input"] * len(titles), columns=6)


def describe_first_digits(labels: Sequence[str], remark: str = "") -> str:
    """Say in words what `draw_first_digits` shows; this is the drawing's alt text.

    >>> print(describe_first_digits(["7", "2"], "The two is bold."))
    The first two digits of the test set, white on black, in different hands. They are labelled 7 2. The two is bold.
    """
    told = (
        f"The first {_count(labels)} digits of the test set, white on black, in different hands. They are labelled "
        f"{' '.join(labels)}."
    )
    return f"{told} {remark}".rstrip()


def draw_misread(images: Sequence[ArrayLike], meant: Sequence[int], read: Sequence[int], *, remark: str = "") -> Figure:
    """Draw test digits, each under what was meant and what a network read.

    Args:
        images: each of shape (H, W), in [0, 1].
        meant, read: label and prediction, one each.
        remark: what else there is to see, a sentence for the alt text.

    Returns:
        The figure, its alt text as its label.
    """
    titles = [f"{label}, read as {answer}" for label, answer in zip(meant, read, strict=True)]
    alt = f"{_count(titles).capitalize()} test digits with what was meant and what the network read. {remark}".rstrip()
    return draw_images(images, titles, alt=alt, roles=["input"] * len(titles), columns=4)


def draw_runs(errors: Sequence[float]) -> Figure:
    """Draw runs of one epoch above the recorded longer ones, as bands, beside what the paper reports.

    Args:
        errors: test errors of three or more runs of one epoch, as fractions.

    Returns:
        The figure, its alt text as its label.

    Raises:
        ValueError: fewer than three runs.
    """
    alt = describe_runs(errors)
    rows = {"1 epoch, run here": errors, **RECORDED}
    figure, axes = new_axes(xlabel="test error in per cent", ylabel="")
    for y, runs in enumerate(rows.values()):
        low, middle, high = (100 * value for value in band(runs))
        axes.plot([low, high], [y, y], linewidth=14, alpha=0.4)
        axes.plot([middle, middle], [y - 0.25, y + 0.25], "k")
        axes.plot([100 * e for e in runs], [y] * len(runs), "ko", alpha=0.6)
    for error, style in ((PAPER_ERROR, "--"), (PAPER_ERROR_DISTORTED, ":")):
        axes.axvline(100 * error, color="k", linestyle=style)
    axes.text(0.96, 2.5, "LeNet-5")
    axes.text(0.79, 2.5, "LeNet-5 with distorted images", ha="right")
    axes.set(yticks=range(3), yticklabels=list(rows), ylim=(-0.5, 3), xlim=(0.4, 1.3))
    figure.set_label(alt)
    return figure


def describe_runs(errors: Sequence[float]) -> str:
    """Say in words what `draw_runs` shows; this is the drawing's alt text.

    Far from the paper's error is what differs from it by more than twice the scatter of chance.

    >>> print(describe_runs([0.009, 0.0095, 0.010]))
    Bands of runs. One epoch lies about LeNet-5's 0.95 %, three epochs far below it; twelve augmented ones lowest, far
    below its distorted 0.8 %.
    """
    one, three, twelve = (band(runs).median for runs in (errors, *RECORDED.values()))
    lowest = "lowest, " if twelve < min(one, three) else ""
    return (
        f"Bands of runs. One epoch lies {_beside(one, PAPER_ERROR)} LeNet-5's {number(100 * PAPER_ERROR)} %, three "
        f"epochs {_beside(three, PAPER_ERROR)} it; twelve augmented ones {lowest}"
        f"{_beside(twelve, PAPER_ERROR_DISTORTED)} its distorted {number(100 * PAPER_ERROR_DISTORTED)} %."
    )


def _beside(error: float, paper: float) -> str:
    """Say where an error lies beside the paper's, in view of the chance that the test images were drawn by."""
    scatter = (paper * (1 - paper) / TEST_IMAGES) ** 0.5
    if abs(error - paper) <= 2 * scatter:
        return "about"
    return "far below" if error < paper else "far above"


def draw_race(curves: Mapping[str, Sequence[Point]]) -> Figure:
    """Draw accuracy against the seconds of training, for two recipes.

    Args:
        curves: what `cnncourse.mnist.learning_curve` measured, by the recipe's name.

    Returns:
        The figure, its alt text as its label.
    """
    figure, axes = new_axes(xlabel="seconds of training", ylabel="accuracy")
    for (name, curve), style in zip(curves.items(), ("o-", "s--"), strict=True):
        seconds = [point.seconds for point in curve]
        accuracies = [point.accuracy for point in curve]
        axes.plot(seconds, accuracies, style, markersize=4, label=name)
    axes.set(ylim=(0, 1.02), xlim=(0, None))
    axes.legend(loc="center right")
    figure.set_label(describe_race(curves))
    return figure


def describe_race(curves: Mapping[str, Sequence[Point]]) -> str:
    """Say in words what `draw_race` shows; this is the drawing's alt text.

    It tells what holds on any machine: levels of accuracy, never seconds.

    >>> flat, steep = [Point(20, 1.0, 0.11)], [Point(10 * n, n, 1 - 0.5**n) for n in range(1, 20)]
    >>> print(describe_race({"quick": steep, "classical": flat}))
    Accuracy on the validation part against seconds. The quick recipe climbs steeply, is above 0.9 within the first
    measurements, and ends above 0.97; the classical recipe lies flat near 0.1, guessing, to the end.
    """
    told = "; ".join(_describe_curve(name, [point.accuracy for point in curve]) for name, curve in curves.items())
    return f"Accuracy on the validation part against seconds. {told[:1].upper()}{told[1:]}."


def _describe_curve(name: str, accuracies: Sequence[float]) -> str:
    if max(accuracies) < GUESSING:
        return f"the {name} recipe lies flat near 0.1, guessing, to the end"
    first = accuracies[: max(1, len(accuracies) // 3)]
    steep = "climbs steeply, is above 0.9 within the first measurements, and" if max(first) > 0.9 else "climbs and"
    level = next((level for level in (0.97, 0.9, 0.5, GUESSING) if accuracies[-1] > level), 0)
    return f"the {name} recipe {steep} ends above {level}"


def _count(things: Sequence[str]) -> str:
    """Spell a count out as far as twelve, as a sentence does."""
    return COUNTS[len(things)] if len(things) < len(COUNTS) else str(len(things))
