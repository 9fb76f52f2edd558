"""The judge's end of the line to the hand: it starts one, hands over code and calls, and ends it when it must.

What an answer may spend is the processor's time, not the wall clock's: a busy machine makes nobody fail. The judge
looks from outside, so that nothing has to be interrupted and every kind of loop ends, in any thread, on every platform.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import inspect
import io
import json
import linecache
import os
import pickle
import queue
import subprocess
import sys
import tempfile
import threading
import time
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cloudpickle
import psutil

# torch is imported where it is needed: a hand is started first, and both processes import it at the same time
SCRIPT = str(Path(__file__).with_name("hand.py"))
LOOK = 0.02  # seconds between looks at a hand that has not answered yet
MEMORY = 2 * 1024**3  # bytes that it may have
START = 120.0  # seconds until a new one must be ready
WHERE = 0.3  # seconds that it has to say where it is, before it is ended
SECRET = ("CNNCOURSE_SEED",)  # of the environment, what no answer may see


@dataclass(frozen=True)
class Described:
    """A value that does not travel: what it was, and a description."""

    kind: str
    text: str

    def __repr__(self) -> str:
        return self.text


class NumpyInteger(int):
    """One of numpy's whole numbers, which counts as one of Python's."""


@dataclass(frozen=True)
class Failure:
    """Why a call did not come to its end: an exception as plain data, or how it was stopped.

    ``kind`` is the exception's class; or "time", "wait", "memory", "gone". ``line`` is the learner's.
    """

    kind: str
    text: str = ""
    line: str = ""
    stopped: bool = False

    def told(self, limit: float, remedy: str) -> str:
        """Say it to the learner; ``remedy`` is for code that ends Python."""
        where = f" in your {self.line}" if self.line else ""
        if self.stopped:
            return {
                "time": f"stopped after {limit:g} s of computing{where}; does a loop never end?",
                "wait": f"stopped, having waited for {limit:g} s{where}; nothing here has to be waited for",
                "memory": f"stopped at {MEMORY / 1024**3:.0f} GB of memory{where}; does something grow without end?",
                "gone": f"your code ends Python: its process is gone; {remedy}",
            }[self.kind]
        if self.kind in ("SystemExit", "KeyboardInterrupt"):
            return f"your code ends Python: {self.kind}{where}; {remedy}"
        return f"{self.kind}{where}: {self.text}"


@dataclass
class Outcome:
    """What came of one request: a value or a failure, and what was noticed."""

    value: Any = None
    error: Failure | None = None
    printed: str = ""
    changed: list[str] = field(default_factory=list)  # arguments that are no longer as they were
    gradients: dict[str, Any] | None = None
    used: list[str] = field(default_factory=list)  # ready-made functions


class GoneError(Exception):
    """The hand's process is not there any more."""


class Remote:
    """A hand in a process of its own."""

    def __init__(self) -> None:
        environment = {key: value for key, value in os.environ.items() if key not in SECRET}
        environment |= {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONSAFEPATH": "1"}
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - for the life of the process
        self.process = subprocess.Popen(
            [sys.executable, SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=environment,
            start_new_session=sys.platform != "win32",  # Ctrl-C is ours
            creationflags=0x200 if sys.platform == "win32" else 0,  # the same, there
        )
        self.replies: queue.SimpleQueue[tuple[dict[str, Any], bytes] | None] = queue.SimpleQueue()
        threading.Thread(target=self._receive, daemon=True).start()
        self.ready = self.used = False

    def ask(self, request: dict[str, Any], limit: float) -> tuple[dict[str, Any], bytes]:
        """Send a request and wait for the reply; a failure of the learner's stands in it as ``stopped``."""
        try:
            self._wait_until_ready()
            pickle.dump(request, self.process.stdin)  # type: ignore[arg-type]
            self.process.stdin.flush()  # type: ignore[union-attr]
            return self._reply(limit)
        except (GoneError, OSError, psutil.Error):
            self.end()
            return {"stopped": "gone"}, b""
        except BaseException:  # Ctrl-C
            self.end()
            raise

    def is_alive(self) -> bool:
        """Tell whether it can be asked."""
        return self.process.poll() is None

    def end(self) -> None:
        """End the process, and those that it started."""
        with contextlib.suppress(psutil.Error):
            for child in psutil.Process(self.process.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    child.kill()
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(OSError):
            self.process.stdin.close()  # type: ignore[union-attr]
        self.errors.close()

    def _wait_until_ready(self) -> None:
        if self.ready:
            return
        try:
            started = self.replies.get(timeout=START)
        except queue.Empty:
            started = None
        if started is None:
            self.errors.seek(0)
            said = self.errors.read().decode(errors="replace").strip().splitlines()
            raise RuntimeError(
                f"the process for answers does not start ({said[-1] if said else 'no message'}); {sys.executable} is "
                "expected to run a script that imports torch; check(answer, here=True) does without"
            )
        self.ready = True

    def _receive(self) -> None:
        stream: Any = self.process.stdout
        try:
            while head := stream.readline():
                first, second = map(int, head.split())
                self.replies.put((json.loads(stream.read(first)), stream.read(second)))
        except (OSError, ValueError):
            pass
        finally:
            stream.close()
        self.replies.put(None)

    def _reply(self, limit: float) -> tuple[dict[str, Any], bytes]:
        """Wait, and look from time to time what the answer has spent."""
        with contextlib.suppress(queue.Empty):
            return self._received(LOOK)
        looked = psutil.Process(self.process.pid)
        spent = first = _spent(looked)
        begin = last = time.monotonic()
        waited = 0.0
        while True:
            with contextlib.suppress(queue.Empty):
                return self._received(LOOK)
            now, total = time.monotonic(), _spent(looked)
            idle = total - spent < 0.1 * (now - last) and looked.status() != psutil.STATUS_RUNNING
            waited, last, spent = waited + (now - last if idle else 0.0), now, total
            stopped = (
                "time"
                if total - first > limit or now - begin > 20 * limit + 20
                else "wait"
                if waited > limit
                else "memory"
                if looked.memory_info().rss > MEMORY
                else ""
            )
            if stopped:
                return {"stopped": stopped, **self._where()}, b""

    def _received(self, seconds: float) -> tuple[dict[str, Any], bytes]:
        found = self.replies.get(timeout=seconds)
        if found is None:
            raise GoneError
        return found

    def _where(self) -> dict[str, Any]:
        """Ask where the answer is, and end it."""
        found: dict[str, Any] = {}
        try:
            pickle.dump({"do": "where"}, self.process.stdin)  # type: ignore[arg-type]
            self.process.stdin.flush()  # type: ignore[union-attr]
            found = self._received(WHERE)[0]
        except (queue.Empty, GoneError, OSError):
            pass
        self.end()
        return found


class Here:
    """A hand in this very process: nothing is limited or captured, and a debugger stops where it is told to."""

    def __init__(self) -> None:
        from cnncourse.exercises.hand import Hand

        self.hand = Hand()

    def ask(self, request: dict[str, Any], limit: float) -> tuple[dict[str, Any], bytes]:
        """Do it at once."""
        if request["do"] in ("begin", "end"):
            return {}, b""
        from cnncourse.exercises.hand import perform

        reply, blobs = perform(self.hand, request, capture=False)
        return reply, b"".join(blobs)

    def is_alive(self) -> bool:
        """It lives as long as we do."""
        return True


class Line:
    """A hand for the length of one check or file; a new one takes over where the first had to be ended."""

    def __init__(self, hand: Remote | Here, limit: float) -> None:
        self.hand, self.limit, self.is_gone = hand, limit, False
        self.ask("begin", path=[str(Path(entry).absolute()) for entry in sys.path], folder=_folder())

    def ask(self, do: str, **what: Any) -> Outcome:
        """Make a request, in plain data; return what came of it."""
        reply, blobs = self.hand.ask({"do": do, **what}, self.limit)
        outcome = Outcome(printed=reply.get("printed", ""), used=reply.get("noted", []))
        if stopped := reply.get("stopped"):
            outcome.error = Failure(stopped, line=_line(reply), stopped=True)
            self.is_gone |= stopped == "gone"
        elif error := reply.get("error"):
            outcome.error = Failure(error["type"], error["text"], _line(error))
        elif "value" in reply:
            outcome.value = read(reply["value"], blobs)
        for name in ("changed", "gradients"):
            if name in reply:
                setattr(outcome, name, read(reply[name], blobs))
        return outcome

    def is_alive(self) -> bool:
        """Tell whether the hand can still be asked."""
        return self.hand.is_alive()

    def is_used(self) -> bool:
        """Tell whether another answer was in the hand before."""
        return getattr(self.hand, "used", False)

    def died_by_itself(self) -> bool:
        """Tell whether the hand is gone, though nobody ended it."""
        return self.is_gone and not _given_up.is_set()


_lock = threading.RLock()  # one check at a time
_given_up = threading.Event()  # by Ctrl-C
_kept: list[Remote] = []


def warm() -> None:
    """Start a hand, if there is none; it gets ready while we go on."""
    with _lock:
        if not (_kept and _kept[0].is_alive()):
            _kept[:] = [Remote()]


@contextlib.contextmanager
def line(limit: float, here: bool = False) -> Any:
    """Lend a hand that is as good as new."""
    if here:
        yield Line(Here(), limit)
        return
    with _lock:
        warm()
        remote = _kept[0]
        try:
            yield Line(remote, limit)
        finally:
            remote.used = True
            if not (remote.is_alive() and _is_as_before(remote, limit)):
                remote.end()
                warm()


def _is_as_before(remote: Remote, limit: float) -> bool:
    """Tell whether a hand says that nothing is left of an answer, and can still do the simplest task."""
    reply = remote.ask({"do": "end"}, limit)[0]
    if reply.get("left") != []:
        return False
    hand = Line(remote, limit)
    hand.ask("open_module", name="answer_module", file="task")
    hand.ask("execute", tree=packed(ast.parse("def task(x):\n    return [x + 1]")), file="task")
    hand.ask("take", name="task")
    return hand.ask("call", pickled=packed(((1,), {}, None)), names=("x",)).value == [2]


@atexit.register
def _end() -> None:
    for remote in _kept:
        remote.end()


def calmly(function: Callable[[], Any]) -> Any:
    """Call a function of the judge's where no mode of the notebook reaches it: torch's modes belong to a thread.

    Ctrl-C ends the hand, so that the function comes to its end, too.
    """
    outcome: list[Any] = []

    def body() -> None:
        try:
            outcome.append(function())
        except BaseException as error:
            failed.append(error)

    import torch

    failed: list[BaseException] = []
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)  # this alone belongs to the process
    thread = threading.Thread(target=body, daemon=True)
    try:
        thread.start()
        while thread.is_alive():
            thread.join(0.1 if sys.platform == "win32" else None)  # a wait without end hears no Ctrl-C on Windows
    except BaseException:
        _given_up.set()
        while thread.is_alive():  # it may just be starting another one
            _end()
            thread.join(0.2)
        _given_up.clear()
        raise
    finally:
        torch.set_default_dtype(default)
    if failed:
        raise failed[0]
    return outcome[0]


class _Pickler(cloudpickle.Pickler):
    """Take the functions of a notebook along, with all that they use."""

    def reducer_override(self, value: Any) -> Any:
        if type(value).__module__ == "IPython.core.autocall":  # a notebook's own exit and quit
            return eval, ("exit",)
        return super().reducer_override(value)


def packed(value: Any, modules: Iterable[Any] = ()) -> bytes:
    """Pickle a value; functions of a notebook and of these modules travel as a whole, all others by name."""
    listed = list(modules)
    for module in listed:
        cloudpickle.register_pickle_by_value(module)
    try:
        buffer = io.BytesIO()
        _Pickler(buffer).dump(value)
        return buffer.getvalue()
    finally:
        for module in listed:
            cloudpickle.unregister_pickle_by_value(module)


def packed_answer(function: Any) -> bytes:
    """Pickle a learner's function, with all that it uses and that is not installed."""
    scope = getattr(function, "__globals__", {})
    code: types.CodeType | None = getattr(function, "__code__", None)
    if type(function) is types.FunctionType and code is not None and function.__name__ in code.co_names:
        # under a decorator, its name still means another function, or nothing
        scope = dict(scope)
        copy = types.FunctionType(code, scope, function.__name__, function.__defaults__, function.__closure__)
        copy.__module__, copy.__kwdefaults__ = function.__module__, function.__kwdefaults__
        function = scope[function.__name__] = copy
    # cloudpickle does not look into the bodies of classes that stand in a function
    used = {name: scope[name] for name in _names_in_classes(code) if name in scope} if code else {}
    return packed((function, used), [module for module in list(sys.modules.values()) if _is_own(module)])


def _names_in_classes(code: types.CodeType) -> Iterator[str]:
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            if not inner.co_flags & inspect.CO_OPTIMIZED:
                yield from inner.co_names
            yield from _names_in_classes(inner)


def _is_own(module: Any) -> bool:
    """Tell whether a module is the learner's: neither installed, nor Python's, nor the course's."""
    file, name = getattr(module, "__file__", None), getattr(module, "__name__", "")
    if not isinstance(file, str) or name == "__main__" or sys.modules.get(name) is not module:
        return False
    installed = "site-packages" in file or "dist-packages" in file or file.startswith(os.path.dirname(os.__file__))
    return not installed and name.partition(".")[0] != "cnncourse"


def what_stays(function: Any) -> str:
    """Name what keeps a function from travelling."""
    try:
        used = inspect.getclosurevars(function)
    except (TypeError, ValueError):
        return type(function).__name__
    for name, value in {**used.globals, **used.nonlocals}.items():
        try:
            packed_answer(value)
        except Exception:
            return f"{name}, a {type(value).__name__}"
    return "something that it uses"


def read(tree: list, blobs: bytes) -> Any:
    """Decode a value; of a reply that is spoiled, nothing is believed."""
    try:
        return decode(tree, blobs)
    except Exception as error:
        return Described("result", f"a result that cannot be read ({type(error).__name__})")


def decode(tree: list, blobs: bytes) -> Any:
    """Read what `cnncourse.exercises.hand.encode` wrote: exact values, and `Described` for what did not travel."""
    import torch

    kind, *rest = tree
    if kind == "constant":
        return None if rest[0] == "None" else ...
    if kind == "tensor":
        dtype, shape, start, size = rest
        if start < 0:
            return torch.empty(shape, dtype=getattr(torch, dtype), device="meta")
        data = torch.frombuffer(bytearray(blobs[start : start + size]), dtype=torch.uint8) if size else torch.empty(0)
        return (
            data.view(getattr(torch, dtype)).reshape(shape) if size else torch.empty(shape, dtype=getattr(torch, dtype))
        )
    if kind in ("list", "tuple"):
        parts = [decode(part, blobs) for part in rest[0]]
        return parts if kind == "list" else tuple(parts)
    if kind == "dict":
        return {_key(decode(key, blobs)): decode(value, blobs) for key, value in rest[0]}
    readers: dict[str, Callable[..., Any]] = {
        "bool": bool,
        "int": lambda text: (
            int(text, 16) if len(text) < 250 else Described("int", f"a number of {len(text)} digits or so")
        ),
        "numpy": lambda text: NumpyInteger(text, 16),
        "float": float.fromhex,
        "str": str,
        "other": Described,
    }
    return readers[kind](*rest)


def _key(key: Any) -> Any:
    try:
        hash(key)
    except TypeError:
        return repr(key)
    return key


def _line(place: dict[str, Any]) -> str:
    """Write a line of the learner's with its number; the judge knows the notebook's cells, the hand does not."""
    if not place.get("line"):
        return ""
    linecache.checkcache(place.get("file"))  # a file may have been saved since
    source = place.get("source") or linecache.getline(place.get("file", ""), place["line"]).strip()
    return f"line {place['line']}: {source}" if source else f"line {place['line']}"


def _spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it is gone
        return os.path.expanduser("~")
