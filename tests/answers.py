"""Answers for tests: functions as learners have them, which belong to no module of the course."""

import types


def own(function):
    """Copy a function of the catalogue, so that it counts as a learner's own."""
    if function.__module__ == "answer":  # compiled from its text
        return function
    namespace = {**function.__globals__, "__name__": "answer"}
    copy = types.FunctionType(
        function.__code__, namespace, function.__name__, function.__defaults__, function.__closure__
    )
    namespace[function.__name__] = copy  # of a recursion
    copy.__module__, copy.__kwdefaults__ = "answer", function.__kwdefaults__
    return copy
