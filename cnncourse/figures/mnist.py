"""Figures of the chapter "MNIST": digits, runs beside the paper's errors, accuracy against the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from cnncourse.figures.grammar import FILL, draw_images, new_axes, number
from cnncourse.mnist import PAPER_ERROR, PAPER_ERROR_DISTORTED, Point, band, difference_scatter

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


def draw_runs(runs: Mapping[str, Sequence[float]]) -> Figure:
    """Draw the test errors of several runs of each kind, as bands, beside the two that the paper reports.

    Args:
        runs: three or more errors of each kind, as fractions; what is augmented has that word in its name.

    Returns:
        The figure, its alt text as its label.

    Raises:
        ValueError: fewer than three runs of a kind.
    """
    alt = describe_runs(runs)
    figure, axes = new_axes(xlabel="test error in per cent", ylabel="", height=2.8)
    for y, errors in enumerate(runs.values()):
        low, middle, high = (100 * value for value in band(errors))
        axes.barh(y, high - low, left=low, height=0.5, color=FILL["output"])
        axes.plot([middle, middle], [y - 0.25, y + 0.25], "k")
        axes.plot([100 * error for error in errors], [y] * len(errors), "ko", alpha=0.6)
    for error, style in ((PAPER_ERROR, "--"), (PAPER_ERROR_DISTORTED, ":")):
        axes.axvline(100 * error, color="k", linestyle=style)
    top = len(runs) - 0.4
    axes.text(100 * PAPER_ERROR + 0.01, top, "LeNet-5", va="bottom")
    axes.text(100 * PAPER_ERROR_DISTORTED - 0.01, top, "LeNet-5,\ndistorted images", ha="right", va="bottom")
    names = [name.replace(", ", ",\n") for name in runs]
    shown = [100 * error for errors in (*runs.values(), [PAPER_ERROR]) for error in errors]
    axes.set(yticks=range(len(runs)), yticklabels=names, ylim=(-0.5, len(runs) + 0.4))
    axes.set(xlim=(min(shown) - 0.06, max(shown) + 0.12), axisbelow=True)
    figure.set_label(alt)
    return figure


def describe_runs(runs: Mapping[str, Sequence[float]]) -> str:
    """Say in words what `draw_runs` shows; this is the drawing's alt text.

    About the paper's error is what differs from it by no more than twice the scatter of chance.

    >>> print(describe_runs({"1 epoch": [0.009, 0.0095, 0.010], "3 epochs, augmented": [0.003, 0.004, 0.004]}))
    Bands of runs, from below. 1 epoch: about LeNet-5's 0.95 %. 3 epochs, augmented: well below its 0.8 % with distorted
    images.
    """
    told = ["Bands of runs, from below."]
    for number_of_row, (name, errors) in enumerate(runs.items()):
        distorted = "augmented" in name
        paper = PAPER_ERROR_DISTORTED if distorted else PAPER_ERROR
        whose = "its" if number_of_row else "LeNet-5's"
        place = f"{_beside(band(errors).median, paper)} {whose} {number(100 * paper)} %"
        told.append(f"{name}: {place}{' with distorted images' if distorted else ''}.")
    return " ".join(told)


def _beside(error: float, paper: float) -> str:
    """Say where an error lies beside the paper's, in view of the chance that the test images were drawn by."""
    if abs(error - paper) <= 2 * difference_scatter(error, paper, TEST_IMAGES):
        return "about"
    return "well below" if error < paper else "well above"


def draw_race(curves: Mapping[str, Sequence[Point]]) -> Figure:
    """Draw accuracy against the seconds of training, for up to three recipes.

    Args:
        curves: what `cnncourse.mnist.learning_curve` measured, by the recipe's name.

    Returns:
        The figure, its alt text as its label.
    """
    figure, axes = new_axes(xlabel="seconds of training", ylabel="accuracy")
    for (name, curve), style in zip(curves.items(), ("o-", "^-.", "s--"), strict=False):  # there may be fewer curves
        seconds = [point.seconds for point in curve]
        accuracies = [point.accuracy for point in curve]
        axes.plot(seconds, accuracies, style, markersize=4, label=name)
    axes.set(ylim=(0, 1.02), xlim=(0, None))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False)
    figure.set_label(describe_race(curves))
    return figure


def describe_race(curves: Mapping[str, Sequence[Point]]) -> str:
    """Say in words what `draw_race` shows; this is the drawing's alt text.

    It tells what holds on any machine: levels of accuracy, never seconds.

    >>> flat, steep = [Point(20, 1.0, 0.11)], [Point(10 * n, n, 1 - 0.5**n) for n in range(1, 20)]
    >>> print(describe_race({"quick": steep, "textbook": flat}))
    Accuracy on the validation part against seconds. The quick recipe climbs steeply, is above 0.9 within the first
    measurements, and ends above 0.97; the textbook recipe lies flat near 0.1, guessing, to the end.
    """
    told = "; ".join(_describe_curve(name, [point.accuracy for point in curve]) for name, curve in curves.items())
    return f"Accuracy on the validation part against seconds. {told[:1].upper()}{told[1:]}."


def _describe_curve(name: str, accuracies: Sequence[float]) -> str:
    if max(accuracies) < GUESSING:
        return f"the {name} recipe lies flat near 0.1, guessing, to the end"
    first = accuracies[: max(1, len(accuracies) // 3)]
    slow = "lies flat near 0.1 at first, then climbs, and" if first[0] < GUESSING else "climbs and"
    steep = "climbs steeply, is above 0.9 within the first measurements, and" if max(first) > 0.9 else slow
    level = next((level for level in (0.97, 0.9, 0.5, GUESSING) if accuracies[-1] > level), 0)
    return f"the {name} recipe {steep} ends above {level}"


def _count(things: Sequence[str]) -> str:
    """Spell a count out as far as twelve, as a sentence does."""
    return COUNTS[len(things)] if len(things) < len(COUNTS) else str(len(things))
