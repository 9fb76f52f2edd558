"""Let the learning rate rise and fall once during the training.

Return the factor by which the highest learning rate is multiplied. It depends on `progress`, the part of the training
that is done. In the warm-up the factor rises along a straight line, from 0 at the start to 1 at the warm-up's end. In
the rest of the training it falls from 1 to 0, along half a period of the cosine: slowly, fast, slowly again.
"""

import math

import numpy as np

from cnncourse.exercises.model import Case, Draw, Exercise, by_hand, call


def one_cycle(progress, warm_up=0.2):
    """Compute the learning rate's factor: a straight rise, a cosine's fall.

    progress: the part of the training that is done, from 0 to below 1;
    warm_up: the part in which the factor rises, from 0 (no rise) to below 1.
    Returns a float from 0.0 to 1.0.
    """
    if progress < warm_up:
        return progress / warm_up
    fallen = (progress - warm_up) / (1 - warm_up)
    return (1 + math.cos(math.pi * fallen)) / 2


def squared_sine(progress, warm_up=0.2):
    """Answer otherwise: the fall as the square of a sine, seen from the end."""
    left = (1 - progress) / (1 - warm_up)
    if left > 1:
        return progress / warm_up
    return math.sin(math.pi / 2 * left) ** 2


def oracle(progress, warm_up=0.2):
    """Interpolate the rise with numpy; for the fall, walk round half a circle and take the squared distance from -1."""
    if progress < warm_up:
        return float(np.interp(progress, [0, warm_up], [0, 1]))
    angle = np.interp(progress, [warm_up, 1], [0, np.pi])
    return float(abs(np.exp(1j * angle) + 1) ** 2 / 4)


def draw(rng: Draw) -> Case:
    """Draw a place in the warm-up or after it, in turns, never half-way; the usual warm-up in a third of the cases."""
    warm_up = (0.2, rng.choice((0.3, 0.4, 0.5)), rng.choice((0.05, 0.1, 0.15)))[rng.turn % 3]
    part = rng.choice((0.1, 0.25, 0.3, 0.7, 0.75, 0.9))
    progress = part * warm_up if rng.turn % 2 else warm_up + part * (1 - warm_up)
    settings = {"warm_up": warm_up} if rng.turn % 3 else {}
    return call(round(progress, 4), **settings)


EXERCISE = Exercise(
    title="A learning rate that rises and falls",
    solution=one_cycle,
    oracle=oracle,
    read="lenet: What has been learned since?",
    minutes=12,
    difficulty=2,
    setup="import math",
    anchors=(
        # half-way up: 0.1 / 0.2
        by_hand(0.5, 0.1),
        # the top, and the start where there is no warm-up
        by_hand(1.0, 0.2),
        by_hand(1.0, 0.0, warm_up=0.0),
        # 0.25 of the remaining 0.75 is a third; cos(60°) = 0.5; (1 + 0.5) / 2
        by_hand(0.75, 0.5, warm_up=0.25),
        # half-way down: 0.4 of 0.8; cos(90°) = 0
        by_hand(0.5, 0.6),
    ),
    draw=draw,
    styles=(squared_sine,),
    hints=(
        "There are two pieces. Which of them are you in, and how far through that piece are you, from 0 to 1?",
        "In the warm-up the answer is that share itself. After it, the share runs from 0 at the warm-up's end to 1 at "
        "the training's end: what has been done since, divided by what there was to do.",
        "The cosine of π times the share falls from 1 to -1. Lift it by one and halve it, and it falls from 1 to 0.",
    ),
    mistakes="""
fall-not-stretched: Your fall does not reach 0 at the end. The cosine's half period must fit the part of the training
that is left after the warm-up.
    (progress - warm_up) / (1 - warm_up) -> progress - warm_up

fall-linear: Your factor falls along a straight line. It follows a cosine: slow at first, fast half-way, slow at the
end.
    (1 + math.cos(math.pi * fallen)) / 2 -> 1 - fallen

fall-below-zero: Your factor falls from 1 to -1. A negative learning rate climbs the loss; the cosine must be lifted and
halved.
    (1 + math.cos(math.pi * fallen)) / 2 -> math.cos(math.pi * fallen)

fall-not-halved: Your factor starts its fall at 2. The lifted cosine runs from 2 to 0 and must be halved.
    (1 + math.cos(math.pi * fallen)) / 2 -> 1 + math.cos(math.pi * fallen)

quarter-cosine: You use a quarter of the cosine's period, which is steepest at the end. Half a period is slow at both
ends.
    (1 + math.cos(math.pi * fallen)) / 2 -> math.cos(math.pi / 2 * fallen)

whole-cosine: You use a whole period of the cosine: your factor is back at 1 at the end. Half a period falls from 1 to
0.
    math.pi * fallen -> 2 * math.pi * fallen

fall-upside-down: Your factor jumps to 0 after the warm-up and rises. The cosine is highest at 0, and must not be
subtracted.
    1 + math.cos -> 1 - math.cos

degrees: You give the cosine an angle in degrees. Python's cosine counts in radians, half a period being π.
    math.pi * fallen -> 180 * fallen

no-fall: Your factor stays at 1 after the warm-up. It falls to 0, so that the last steps are small.
    (1 + math.cos(math.pi * fallen)) / 2 -> 1.0

warm-up-ignored: Your factor falls from the very start: there is no warm-up. The first weights are random, and the first
steps should be small.
    if progress < warm_up: ->
        warm_up = 0
        if progress < warm_up:

starts-at-one: Your factor is 1 all through the warm-up. It begins at 0 and rises to 1.
    progress / warm_up -> 1.0

rise-not-stretched: In the warm-up you return the progress itself, which is far from 1 when the warm-up ends. The rise
must reach 1 there.
    progress / warm_up -> progress

rise-along-cosine: Your rise follows a cosine as well. Some schedules do that; here the rise is a straight line.
    return progress / warm_up -> return (1 - math.cos(math.pi * progress / warm_up)) / 2

warm-up-fixed: Your warm-up always lasts a fifth of the training. That is only the default; the argument says how long.
    if progress < warm_up: ->
        warm_up = 0.2
        if progress < warm_up:
""",
)
