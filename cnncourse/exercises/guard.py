"""Calling somebody else's code: it may loop for ever, exit, print, or change the world. Afterwards all is as it was.

Everything happens in this process: a fork after torch has run threads hangs, and another process could not see the
functions of a notebook. So an endless loop is ended by an exception that is raised inside it. What cannot be ended in
this way is a single call into compiled code that never returns; Ctrl-C does not end that either.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import random
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import torch

OURS = str(Path(__file__).resolve().parent)
AGAIN = 0.01  # seconds until the exception is raised once more, should the code have swallowed it
PRINTED = 2_000  # characters kept of what the code prints


class TimeUp(BaseException):
    """Raised inside code that runs for too long; no ``except Exception`` holds it."""


@dataclass
class Outcome:
    """What came of one call: a value, or an exception with the line where it arose; and what else was noticed."""

    value: Any = None
    error: BaseException | None = None
    line: str = ""  # the last line of the learner's own code that ran, with its number
    timed_out: bool = False
    changed: list[str] = field(default_factory=list)  # what of the world was changed, and is now restored
    printed: str = ""


class Clock:
    """The time that is left for all calls of one check."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.left = seconds


def call_guarded(function: Callable, args: tuple, kwargs: dict[str, Any], clock: Clock) -> Outcome:
    """Call a function, whatever it may do. Ctrl-C alone passes through, after the world was put right."""
    outcome, printed, before = Outcome(), _Bounded(), _World()
    start = time.perf_counter()
    try:
        with contextlib.redirect_stdout(printed), warnings.catch_warnings(), _alarm(clock.left):
            warnings.simplefilter("ignore")
            outcome.value = function(*args, **kwargs)
    except TimeUp as error:
        outcome.timed_out, outcome.error = True, error
    except KeyboardInterrupt:
        before.restore()
        raise
    except BaseException as error:
        outcome.error = error
    clock.left = max(clock.left - (time.perf_counter() - start), 0.001)
    if outcome.error is not None:
        outcome.line = learner_line(outcome.error)
        outcome.error.__traceback__ = None  # it holds every local variable of the learner's
    outcome.changed = before.restore()
    outcome.printed = printed.getvalue()
    return outcome


def learner_line(error: BaseException) -> str:
    """Find the last line of the learner's code that an exception went through.

    The learner's code is what is neither ours nor installed. Empty where there is none.
    """
    installed = (OURS, os.path.dirname(torch.__file__), sys.prefix, sys.base_prefix, "<frozen")
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, SyntaxError) and error.text:
        return f"line {error.lineno}: {error.text.strip()}"
    for frame in reversed(frames):
        if not frame.filename.startswith(installed) and "site-packages" not in frame.filename:
            return f"line {frame.lineno}: {frame.line}" if frame.line else f"line {frame.lineno}"
    return ""


def trouble(outcome: Outcome, limit: float, remedy: str) -> str:
    """Say why code did not run to its end, with the learner's line.

    Args:
        outcome: of the call.
        limit: the seconds that it had.
        remedy: for code that ends Python.
    """
    where = f" in your {outcome.line}" if outcome.line else ""
    error = outcome.error
    if outcome.timed_out:
        return f"stopped after {limit:g} s{where}; does a loop never end?"
    if isinstance(error, SystemExit):
        return f"your code ends Python: SystemExit{where}; {remedy}"
    try:
        text = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())
    except Exception:  # an exception class of the learner's
        text = ""
    return f"{type(error).__name__}{where}: {text}"


class _Bounded(io.StringIO):
    """Keep the first characters only: a loop may print without end."""

    def write(self, text: str) -> int:
        super().write(text[: max(PRINTED - self.tell(), 0)])
        return len(text)


class _World:
    """What a function has no business changing, as it was before."""

    def __init__(self) -> None:
        self.before = self._now()

    @staticmethod
    def _now() -> dict[str, Any]:
        now = {
            "the global random state of torch": torch.get_rng_state(),
            "the global random state of random": random.getstate(),
            "torch's grad mode": torch.is_grad_enabled(),
            "torch's default dtype": torch.get_default_dtype(),
            "torch's default device": torch.get_default_device(),
            "the working directory": os.getcwd(),
        }
        if "numpy" in sys.modules:
            name, keys, *rest = sys.modules["numpy"].random.get_state()
            now["the global random state of numpy"] = (name, keys.tobytes(), *rest)
        return now

    def restore(self) -> list[str]:
        """Put back what differs, and name it."""
        changed = [name for name, value in self._now().items() if not _same(self.before.get(name, value), value)]
        for name in changed:
            _RESTORE[name](self.before[name])
        return changed


def _same(a: Any, b: Any) -> bool:
    return torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b


def _set_numpy_state(state: tuple) -> None:
    import numpy as np

    name, keys, *rest = state
    np.random.set_state((name, np.frombuffer(keys, dtype=np.uint32), *rest))


_RESTORE: dict[str, Callable[[Any], Any]] = {
    "the global random state of torch": torch.set_rng_state,
    "the global random state of random": random.setstate,
    "the global random state of numpy": _set_numpy_state,
    "torch's grad mode": torch.set_grad_enabled,
    "torch's default dtype": torch.set_default_dtype,
    "torch's default device": torch.set_default_device,
    "the working directory": os.chdir,
}


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise TimeUp in the body once the seconds are over, and again and again until the body ends."""
    in_main = threading.current_thread() is threading.main_thread()
    with _signal_alarm(seconds) if in_main and hasattr(signal, "setitimer") else _thread_alarm(seconds):
        yield


@contextlib.contextmanager
def _signal_alarm(seconds: float) -> Iterator[None]:
    """The way of Unix, which also ends a sleep and a wait for input."""

    def ring(_number: int, frame: FrameType | None) -> None:
        if not _is_ours(frame):
            raise TimeUp

    before = signal.signal(signal.SIGALRM, ring)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left, interval)  # somebody else's alarm, if there was one
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _thread_alarm(seconds: float) -> Iterator[None]:
    """The way of Windows and of other threads than the main one: ends whatever executes Python code."""
    thread, done = threading.get_ident(), threading.Event()

    def watch() -> None:
        pause = seconds
        while not done.wait(pause):
            if not _is_ours(sys._current_frames().get(thread)):
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(TimeUp))
            pause = AGAIN

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        with contextlib.suppress(TimeUp):
            done.set()
            watcher.join()
        # One that was sent and not raised yet comes up here. Taking it back with None would leave CPython 3.11's flag
        # for it set for ever, and the next sys.setprofile in that process would hang.
        with contextlib.suppress(TimeUp):
            for _ in range(100):
                pass


def _is_ours(frame: FrameType | None) -> bool:
    """Tell whether the guard's own code is running: an exception there would leave the alarm on."""
    return frame is None or frame.f_code.co_filename in (__file__, contextlib.__file__)
