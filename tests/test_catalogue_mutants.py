"""Mutation testing: a small change to a solution is noticed, or is listed with the reason why it changes nothing."""

import pytest

from cnncourse.exercises.library import ids, load
from tools.mutants import survivors


@pytest.mark.parametrize("name", ids())
def test_at_least_95_percent_of_a_solution_s_mutants_are_killed(name):
    exercise = load(name)
    count, alive = survivors(exercise)
    assert sorted(alive) == sorted(exercise.equivalent), "explain them in `equivalent`, or strengthen anchors and draw"
    assert all(exercise.equivalent.values())
    assert count > 0
    assert (count - len(alive)) / count >= 0.95, f"{count - len(alive)} of {count}"
