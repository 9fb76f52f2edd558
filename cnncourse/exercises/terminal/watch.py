"""``cnncourse watch``: a check on every save, one exercise on the screen, keys for the rest.

Files and keys are watched by a thread each, which do nothing but put events into a queue. The learner's code runs in
the main thread: there an endless loop can be ended, and Ctrl-C arrives.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress_bar import ProgressBar
from rich.table import Table
from watchfiles import watch

from cnncourse.exercises.library import ids, load
from cnncourse.exercises.progress_file import HONEST_ATTEMPTS
from cnncourse.exercises.terminal.printing import say, show_marks, show_verdict
from cnncourse.exercises.verdict import Verdict, row
from cnncourse.exercises.workspace.answers import CourseError, file_of
from cnncourse.exercises.workspace.folder import Workspace, plain_statement

SETTLE = 100  # milliseconds of quiet until changes are looked at: an editor saves in several steps
MOST = 800  # milliseconds after which they are looked at in any case
PAUSE = 0.2  # seconds between looks at the keyboard, and for a file that is being renamed
BAR = 40  # characters
KEYS = "n next  p previous  c check  h hint  s solution  l list  a all  r reset  q quit"

Events = queue.SimpleQueue[tuple[str, Any]]  # of ("saved", exercises), ("key", character), ("ended", reason)


def watch_workspace(workspace: Workspace, console: Console, exercise: str | None = None) -> None:
    """Watch a workspace until q or Ctrl-C.

    Args:
        workspace: the workspace.
        console: where it is shown.
        exercise: the first one to show; by default the one that was edited last and does not pass yet.

    Raises:
        CourseError: the folder can no longer be watched.
    """
    events, stop = Events(), threading.Event()
    watcher = threading.Thread(target=_watch_files, args=(workspace, events, stop), daemon=True)
    watcher.start()
    try:
        with _keyboard(events, stop) as has_keys:
            _Screen(workspace, console, has_keys, exercise).run(events)
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        watcher.join(timeout=2)
    console.print("\nNo longer watching. cnncourse watch goes on where you are.")


class _Screen:
    """What is shown: the exercise in hand, its verdict, and what a key asked for."""

    def __init__(self, workspace: Workspace, console: Console, has_keys: bool, exercise: str | None = None) -> None:
        self.workspace, self.console, self.has_keys = workspace, console, has_keys
        kept = workspace.progress()
        self.statuses = {name: workspace.status(name, kept) for name in ids()}
        self.asking = False  # whether the next key answers "reset?"
        self.notes: tuple[str, ...] = ()
        self.seen: dict[str, bytes | None] = {}  # files as they were when they were checked
        self.exercise = exercise or self._where_we_were() or self._next()
        self.verdict = self._check(self.exercise)

    def run(self, events: Events) -> None:
        """Handle events until one ends it."""
        self._draw()
        while True:
            try:
                kind, what = events.get(timeout=1)
            except queue.Empty:  # a wait without end could not be interrupted on Windows
                continue
            if kind == "ended":
                raise CourseError(f"{self.workspace.root} can no longer be watched ({what}); is it there? start anew")
            if kind == "saved":
                self._saved(what)
            elif what == "q" and not self.asking:
                return
            else:
                self._key(what)

    def _saved(self, exercises: list[str]) -> None:
        """Check what was saved; show the first that does not pass, or the last one that does."""
        Workspace.find(self.workspace.root)  # all of it may be gone
        fresh = [name for name in exercises if self.seen.get(name, b"?") != self._bytes(name)]
        if not fresh:
            return  # our own writing, or a save of what is checked already
        self.asking = False
        for name in fresh:
            if self._check(name).status != "passed":
                break
        self._draw()

    def _key(self, key: str) -> None:
        if self.asking:
            self._answer_reset(key)
        elif key in ("n", "p", "c"):
            self._check({"n": self._next(self.exercise), "p": self._before(), "c": self.exercise}[key])
            self._draw()
        elif key == "s":
            self._draw(self._solution())
        elif key == "a":
            self._check_all()
        elif key == "h":
            self._draw(self.workspace.progress().next_hint(load(self.exercise)))
        elif key == "l":
            self._clear()
            show_marks(self.statuses)
            self._footer()
        elif key == "r":
            self.asking = True
            self._draw(f"Put the stub back into {file_of(self.exercise)}? Your text is kept beside it. y/n")

    def _solution(self) -> str:
        """Return the solution, once it may be seen."""
        found, kept = load(self.exercise), self.workspace.progress()
        if kept.may_see_solution(self.exercise):
            return found.solution_source.rstrip()
        return (
            f"The solution can be seen when your answer passes, or after {HONEST_ATTEMPTS} different answers; so far: "
            f"{kept.attempts(self.exercise)}. cnncourse solution {self.exercise} --force shows it all the same."
        )

    def _answer_reset(self, key: str) -> None:
        self.asking = False
        if key not in "yY":
            self._draw("Left as it is.")
            return
        try:
            kept = self.workspace.reset(self.exercise)
        except CourseError as error:
            self._draw(f"error: {error}")
            return
        self._check(self.exercise)
        self._draw(f"Your text is in {kept.name}." if kept else "")

    def _check_all(self) -> None:
        """Check all that was attempted; stay at the first that does not pass."""
        failing = None
        attempted = [name for name in ids() if not self.workspace.is_untouched(name)]
        for name in attempted:
            if self._check(name).status != "passed":
                failing = failing or (name, self.verdict, self.notes)
        if failing:
            self.exercise, self.verdict, self.notes = failing
        self._draw("" if attempted else "Nothing is attempted yet.")

    def _check(self, exercise: str) -> Verdict:
        self.console.print(f"checking {exercise} …")  # which may take seconds
        self.seen[exercise] = self._bytes(exercise)
        _, self.verdict = self.workspace.check_answer(exercise)
        self.exercise, self.notes = exercise, self.verdict.notes
        self.statuses[exercise] = self.verdict.status
        return self.verdict

    def _next(self, after: str | None = None) -> str:
        """Find the first exercise that does not pass yet, or the next one, round and round."""
        names = ids()
        start = names.index(after) + 1 if after else 0
        in_turn = names[start:] + names[:start]
        return next((name for name in in_turn if self.statuses[name] != "passed"), in_turn[0])

    def _before(self) -> str:
        """Find the exercise before this one."""
        names = ids()
        return names[names.index(self.exercise) - 1]

    def _where_we_were(self) -> str | None:
        """Find the exercise that was edited last, if it does not pass yet."""
        edited = [name for name in ids() if self.statuses[name] in ("failed", "changed")]
        return max(edited, key=lambda name: self.workspace.path(name).stat().st_mtime, default=None)

    def _bytes(self, exercise: str) -> bytes | None:
        try:
            return self.workspace.path(exercise).read_bytes()
        except OSError:
            return None

    def _draw(self, below: str = "") -> None:
        """Show one exercise: how far we are, the verdict, what to do."""
        self._clear()
        show_verdict(self.verdict)
        for note in self.notes:
            say(f"note: {note}")
        self.console.print(row("file", file_of(self.exercise)))
        if self.verdict.status == "not_attempted" and self.verdict.rung != "missing":
            say(f"\n{plain_statement(load(self.exercise))}")
        elif self.verdict.status == "passed":
            following = self._next(self.exercise)
            more = self.statuses[following] != "passed"
            self.console.print(row("next", file_of(following) if more else "nothing: all pass"))
        if below:
            say(f"\n{below}")
        self._footer()

    def _clear(self) -> None:
        if self.console.is_terminal:
            self.console.clear()
        done = sum(status == "passed" for status in self.statuses.values())
        line = Table.grid(padding=(0, 2))
        bar = ProgressBar(total=len(self.statuses), completed=done, width=BAR)
        line.add_row(bar, f"{done} of {len(self.statuses)} passed")
        self.console.print(line)
        self.console.print()

    def _footer(self) -> None:
        self.console.print(f"\n{KEYS if self.has_keys else 'Save a file to check it; Ctrl-C ends this.'}")


def _watch_files(workspace: Workspace, events: Events, stop: threading.Event) -> None:
    """Report saved exercises until told to stop. A save by renaming comes as several changes; they are one event."""
    order = {name: number for number, name in enumerate(ids())}
    try:
        for changes in watch(workspace.root, stop_event=stop, step=SETTLE, debounce=MOST, raise_interrupt=False):
            found = {name for _, path in changes if (name := workspace.exercise_of(Path(path)))}
            if any(not workspace.path(name).exists() for name in found):
                time.sleep(PAUSE)  # between the old file and the new one
            if found:
                events.put(("saved", sorted(found, key=order.__getitem__)))
    except Exception as error:  # in a thread: whatever it is has to be told to the main one
        events.put(("ended", f"{type(error).__name__}: {error}"))


@contextlib.contextmanager
def _keyboard(events: Events, stop: threading.Event) -> Iterator[bool]:
    """Report keys as they are pressed; tell whether there is a keyboard at all.

    `typer.getchar` would put the terminal into raw mode, where Ctrl-C is a character like any other and lines no longer
    start on the left. So keys are read with the standard library, in the mode that changes nothing else.
    """
    if not sys.stdin.isatty():
        yield False
        return
    reader = threading.Thread(target=_read_keys, args=(events, stop), daemon=True)
    with _single_keys():
        reader.start()
        try:
            yield True
        finally:
            stop.set()
            reader.join(timeout=2)


@contextlib.contextmanager
def _single_keys() -> Iterator[None]:
    """Let keys arrive at once and unseen; afterwards the terminal is as it was."""
    if sys.platform == "win32":
        yield
        return
    import termios
    import tty

    stdin = sys.stdin.fileno()
    before = termios.tcgetattr(stdin)
    tty.setcbreak(stdin)
    old = signal.signal(signal.SIGCONT, lambda *_: tty.setcbreak(stdin))  # the shell's mode is back after Ctrl-Z and fg
    try:
        yield
    finally:
        signal.signal(signal.SIGCONT, old)
        termios.tcsetattr(stdin, termios.TCSADRAIN, before)


def _read_keys(events: Events, stop: threading.Event) -> None:
    while not stop.is_set():
        for key in _pressed():
            events.put(("key", key))


def _pressed() -> str:
    """Return the keys that were pressed, in lower case, or nothing after a pause."""
    if sys.platform == "win32":
        import msvcrt

        if msvcrt.kbhit():
            return msvcrt.getwch().lower()
        time.sleep(PAUSE)
        return ""
    import os
    import select

    ready, _, _ = select.select([sys.stdin], [], [], PAUSE)
    if not ready:
        return ""
    key = os.read(sys.stdin.fileno(), 32).decode(errors="replace")
    if not key:  # the terminal is gone
        time.sleep(PAUSE)
    return "" if key.startswith("\x1b") else key.lower()  # the arrows come as three characters
