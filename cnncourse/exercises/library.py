"""The catalogue's exercises by name, and the cases by which an answer to one is checked."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import import_module

import torch

from cnncourse.exercises.catalogue import CATALOGUE
from cnncourse.exercises.model import DRAWS, Case, Draw, Exercise


def ids(chapter: str | None = None) -> list[str]:
    """List the exercises in the order in which they are offered, of one chapter or of all.

    Raises:
        ValueError: no such chapter.

    >>> "conv2d" in ids("channels")
    True
    """
    if chapter is not None and chapter not in CATALOGUE:
        raise ValueError(f"chapter is {chapter!r}; expected one of {', '.join(CATALOGUE)}")
    return [name for key, names in CATALOGUE.items() if chapter in (None, key) for name in names]


@cache
def load(exercise: str) -> Exercise:
    """Read one exercise from its file.

    Raises:
        ValueError: no such exercise; the message proposes the nearest names.

    >>> load("conv2d").chapter
    'channels'
    """
    for chapter, names in CATALOGUE.items():
        if exercise in names:
            return import_module(f"cnncourse.exercises.catalogue.{chapter}.{exercise}").EXERCISE
    near = get_close_matches(str(exercise), ids(), n=3, cutoff=0.4)
    remedy = f"; did you mean {' or '.join(map(repr, near))}?" if near else "; progress() lists them all"
    raise ValueError(f"exercise is {exercise!r}; expected the id of an exercise{remedy}")


def plan(exercise: Exercise, seed: int = 0, dtype: torch.dtype | None = None) -> list[Case]:
    """List the cases of one check: those worked by hand, then DRAWS drawn ones; of a prediction, its questions.

    >>> [case.seed for case in plan(load("conv2d"), seed=81)][-3:]
    [90, 91, 92]
    """
    if exercise.is_prediction:
        return [Case(args=(question,)) for question in exercise.questions]
    return [*exercise.worked, *(draw_case(exercise, seed + turn, dtype) for turn in range(DRAWS))]


def draw_case(exercise: Exercise, seed: int, dtype: torch.dtype | None = None) -> Case:
    """Draw the case that belongs to one seed.

    Raises:
        ValueError: a prediction.
    """
    if exercise.draw is None:
        raise ValueError(f"exercise {exercise.id!r} is a prediction; expected one that draws cases; see its questions")
    case = exercise.draw(Draw(seed, dtype))
    return Case(case.args, case.kwargs, seed=seed)
