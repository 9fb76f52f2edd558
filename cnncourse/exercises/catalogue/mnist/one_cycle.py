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

fall-from-start: Your cosine counts from the start of the training, not from the warm-up's end: the factor jumps down
there. The fall begins at 1.
    (progress - warm_up) / (1 - warm_up) -> progress

fall-divided-only: You divide the whole progress by what is left after the warm-up. The fall counts from the warm-up's
end: what was done before comes off first.
    (progress - warm_up) / (1 - warm_up) -> progress / (1 - warm_up)

done-by-left: You divide what has been done since the warm-up by what is still left at this moment. It is
divided by what the fall lasts in all.
    (progress - warm_up) / (1 - warm_up) -> (progress - warm_up) / (1 - progress)

fall-divided-by-warm-up: You divide what has been done since the warm-up by the warm-up. It is divided by what is left
of the training after it.
    (progress - warm_up) / (1 - warm_up) -> (progress - warm_up) / warm_up

pi-forgotten: Your cosine's angle runs from 0 to 1. Half a period is π.
    math.pi * fallen -> fallen

angle-halved: Your cosine runs over a quarter of its period, so that your factor ends at one half. Half a period
falls from 1 to 0.
    math.pi * fallen -> math.pi * fallen / 2

sine-for-cosine: You take the sine. It starts at 0, where the fall has its highest point.
    1 + math.cos -> 1 + math.sin

halved-in-part: You halve the cosine alone and not the 1 that lifts it: your factor starts its fall at 1.5.
    (1 + math.cos(math.pi * fallen)) / 2 -> 1 + math.cos(math.pi * fallen) / 2

not-lifted: You halve the cosine and do not lift it: your factor falls from one half to minus one half.
    (1 + math.cos(math.pi * fallen)) / 2 -> math.cos(math.pi * fallen) / 2

lifted-by-half-only: You lift the cosine by one half and do not halve it: your factor falls from 1.5 to minus one half.
    (1 + math.cos(math.pi * fallen)) / 2 -> 0.5 + math.cos(math.pi * fallen)

cut-at-zero: You cut the cosine off where it is negative, so that your factor is 0 for half of the fall. It must be
lifted and halved.
    (1 + math.cos(math.pi * fallen)) / 2 -> max(0.0, math.cos(math.pi * fallen))

size-of-cosine: You take the cosine without its sign, so that your factor rises again half-way. It must be lifted and
halved.
    (1 + math.cos(math.pi * fallen)) / 2 -> abs(math.cos(math.pi * fallen))

fall-exponential: Your factor falls by equal shares. It follows a cosine: slow at first, fast half-way, slow at the end.
    (1 + math.cos(math.pi * fallen)) / 2 -> math.exp(-fallen)

fall-squared: Your factor falls along a parabola. It follows a cosine: slow at first, fast half-way, slow at the end.
    (1 + math.cos(math.pi * fallen)) / 2 -> (1 - fallen) ** 2

rise-times-fall: You multiply the rise and the fall, so that the cosine already pulls during the warm-up. There are two
pieces, one after the other.
    return progress / warm_up -> return progress / warm_up * (1 + math.cos(math.pi * progress)) / 2

pieces-exchanged: The two pieces are exchanged: your factor follows the cosine in the warm-up and the straight line
after it.
    if progress < warm_up -> if progress >= warm_up > 0

rise-backwards: In the warm-up your factor falls from 1 to 0. It rises from 0 to 1.
    return progress / warm_up -> return 1 - progress / warm_up

rise-upside-down: Your fraction for the rise is upside down: the warm-up stands over the progress.
    return progress / warm_up -> return warm_up / progress if progress else 0.0

rise-times-warm-up: You multiply the progress by the warm-up. The rise must reach 1 at the warm-up's end: it is the
share of the warm-up that is done.
    return progress / warm_up -> return progress * warm_up

rise-over-whole: You let the rise last until the whole training is done, but for the warm-up. It lasts as long as the
warm-up.
    return progress / warm_up -> return progress / (1 - warm_up)

rise-rounded: Your division in the rise rounds down to a whole number: the factor is 0 all through the warm-up.
    return progress / warm_up -> return progress // warm_up

rise-squared: Your rise follows a parabola. It is a straight line.
    return progress / warm_up -> return (progress / warm_up) ** 2

warm-up-as-percent: You read the warm-up as a percentage, and so it is over at once. It is a part of the training, from
0 to below 1.
    if progress < warm_up: ->
        warm_up = warm_up / 100
        if progress < warm_up:

top-at-half: Your factor rises until half of the training is done. The warm-up says how long it rises.
    if progress < warm_up: ->
        warm_up = 0.5
        if progress < warm_up:

tenth-of-the-training: Your warm-up always lasts a tenth of the training. The argument says how long, and a fifth is the
default.
    if progress < warm_up: ->
        warm_up = 0.1
        if progress < warm_up:
""",
)
