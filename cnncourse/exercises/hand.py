"""The hand: a process that runs a learner's code, and knows of the exercise only the call that it is asked to make.

`cnncourse.exercises.process` starts it as a script, so that neither the catalogue nor the package around it is loaded;
an answer that imports them is noted. Requests come as pickles from the judge, who is trusted. What goes back is plain
data, JSON and bytes, which the judge reads without running anything of the learner's: see `encode`.

Whatever an answer does to its process stays in it. After a check the hand says whether it is as it was before; if it is
not, or does not answer, the judge ends it and starts another one.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import inspect
import io
import json
import logging
import os
import pickle
import queue
import random
import re
import signal
import sys
import threading
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from torch import Tensor

PRINTED = 2_000  # bytes kept of what an answer prints
SHOWN = 60  # characters of a value that is described
LARGEST = 2**24  # bytes of a tensor that travels; of a larger one shape and dtype say enough
NODES = 20_000  # parts of a result that travel
DTYPES = {
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64, torch.complex128, torch.bool),
    *(torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64),
}
KNOWING = "cnncourse.exercises"  # knows the answers; is not to be imported here

# Ready-made operations, as torch's dispatcher names them: whatever function, module or thread leads there, it is seen.
OPERATIONS = {
    "convolution": r"(?!.*_convert).*conv.*",
    "pooling": r".*_pool\d?d.*|.*max_pool.*",
    "padding": r"(constant_)?pad(_nd)?|(reflection|replication)_pad.*|_pad_\w+",
    "unfolding": r"im2col|unfold(_copy)?",
    "cross-entropy": r"(cross_entropy|nll)_loss.*|(special)?_?(log_softmax|logsumexp).*",
}
# And functions that are written in Python, by the beginning of their names.
FUNCTIONS = {
    "always": ("scipy.", "sklearn.", "cnncourse.", "numpy.convolve", "numpy.correlate"),
    "padding": ("numpy.pad", "numpy.lib._arraypad_impl.pad"),
    "autograd": (
        *(f"torch.autograd.{name}" for name in ("grad", "backward", "functional", "forward_ad")),
        *("torch.Tensor.backward", "torch._tensor.Tensor.backward", "torch.nn.grad", "torch._functorch"),
    ),
    "layers": ("torch.nn.",),
}
ALLOWED = ("cnncourse.checks", "cnncourse.exercises")  # validators, and what stands for `check` here


class Hand:
    """One learner's function at a time, in a module of its own."""

    def __init__(self) -> None:
        self.module = types.ModuleType("answer")
        self.function: Any = None
        self.files: set[str] = set()  # whose lines are the learner's
        self.noted: list[str] = []  # ready-made functions and imports that were used
        self.printed = _Bounded()

    # What the judge may ask for. Each returns plain data, and may raise what the learner's code raises.

    def begin(self, path: list[str], folder: str) -> None:
        """Start anew, where the learner is."""
        sys.path[:] = path
        with contextlib.suppress(OSError):
            os.chdir(folder)
        torch.manual_seed(0)
        random.seed(0)
        np.random.seed(0)

    def let_go(self) -> None:
        """Keep nothing of the learner's."""
        self.module, self.function = types.ModuleType("answer"), None
        self.files.clear()

    def open_module(self, name: str, file: str) -> None:
        """Make a fresh module for `execute`; dataclasses look for it in ``sys.modules``."""
        self.module = sys.modules[name] = types.ModuleType(name)
        self.module.__file__ = file
        self.files.add(file)

    def execute(self, tree: bytes, file: str, flags: int = 0) -> None:
        """Run statements in the module."""
        self.files.add(file)
        exec(compile(pickle.loads(tree), file, "exec", flags=flags, dont_inherit=True), vars(self.module))

    def forget(self, name: str) -> None:
        """Take a name out of the module."""
        vars(self.module).pop(name, None)

    def take(self, name: str) -> dict[str, Any] | None:
        """Take the module's function of this name in hand; None where there is none."""
        if not hasattr(self.module, name):
            return None
        return self._hold(getattr(self.module, name))

    def unpack(self, pickled: bytes) -> dict[str, Any]:
        """Take a function in hand that comes from a notebook, with all that it uses."""
        function, used = pickle.loads(pickled)
        for name, value in used.items():
            function.__globals__.setdefault(name, value)
        return self._hold(function)

    def _hold(self, function: Any) -> dict[str, Any]:
        self.function = function
        return describe_function(function, self.files)

    def call(
        self,
        pickled: bytes,
        names: tuple[str, ...] = (),
        may_change: tuple[str, ...] = (),
        differentiate: tuple[str, ...] = (),
        forbidden: tuple[str, ...] = (),
        report: Callable[[str, Any], None] = lambda key, value: None,
    ) -> Any:
        """Call the function in hand; report what it changed and which gradients flow, return what is compared.

        Args:
            pickled: (args, kwargs, observe); ``observe`` maps (result, arguments by name) to what is compared.
            names: of the positional arguments.
            may_change: arguments that the function is meant to change.
            differentiate: arguments by which a weighted sum of the result is differentiated.
            forbidden: keys of `OPERATIONS` and `FUNCTIONS`.
            report: takes what there is to say beside the result.
        """
        args, kwargs, observe = pickle.loads(pickled)
        arguments = dict(zip(names, args, strict=True)) | kwargs
        sources = {name: arguments[name] for name in differentiate if isinstance(arguments.get(name), Tensor)}
        before = {name: encoded(value) for name, value in arguments.items() if name not in may_change}
        for source in sources.values():
            source.requires_grad_()
        with _watched(forbidden, self.noted) if forbidden else contextlib.nullcontext():
            result = self.function(*args, **kwargs)
        report("changed", [name for name, was in before.items() if encoded(arguments[name]) != was])
        if sources:
            report("gradients", gradients(result, sources))
        return result if observe is None else observe(result, arguments)


def gradients(result: Any, sources: dict[str, Tensor]) -> dict[str, Tensor | None]:
    """Differentiate a weighted sum of a result; None where no gradient arrives."""
    if not isinstance(result, Tensor) or not result.requires_grad:
        return dict.fromkeys(sources)
    weights = torch.linspace(-1, 2, result.numel(), dtype=result.dtype, device="cpu").reshape(result.shape)
    found = torch.autograd.grad(result, list(sources.values()), weights, allow_unused=True)
    return dict(zip(sources, found, strict=True))


def describe_function(function: Any, files: set[str]) -> dict[str, Any]:
    """Say what a function is called with, and note the files in which its code stands."""
    code = getattr(inspect.unwrap(function) if callable(function) else function, "__code__", None)
    if code is not None:
        files.add(code.co_filename)
        known = getattr(function, "__globals__", {}).values()
        files.update(one.__code__.co_filename for one in known if isinstance(one, types.FunctionType) and _own(one))
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # built in
        return {"callable": callable(function), "text": None, "parameters": None}
    parameters = [[one.name, int(one.kind), one.default is not one.empty] for one in signature.parameters.values()]
    return {"callable": True, "text": str(signature), "parameters": parameters}


def _own(function: types.FunctionType) -> bool:
    """Tell whether a function is neither installed nor part of Python."""
    file = function.__code__.co_filename
    return not (file.startswith((sys.prefix, sys.base_prefix, "<frozen")) or "site-packages" in file)


# ---- plain data -----------------------------------------------------------------------------------------------------


def encode(value: Any, blobs: list[bytes], budget: list[int] | None = None) -> list:
    """Write a value as JSON and bytes: exact numbers, texts, containers, dense tensors; of all else a description.

    None of the value's own methods is asked: an ``int`` of the learner's own class is the number that it holds.
    """
    budget = [NODES] if budget is None else budget
    budget[0] -= 1
    if budget[0] < 0:
        return ["other", type(value).__name__, "the rest of a long result"]
    if value is None or value is ...:
        return ["constant", "None" if value is None else "Ellipsis"]
    if isinstance(value, bool):
        return ["bool", bool(value)]
    if isinstance(value, int):
        return ["int", hex(int.__add__(value, 0))]
    if isinstance(value, float):
        return ["float", float.hex(float.__add__(value, 0.0))]
    if isinstance(value, str):
        return ["str", str.__str__(value)[:10_000]]
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        parts = list.__iter__(value) if isinstance(value, list) else tuple.__iter__(value)
        return [kind, [encode(part, blobs, budget) for part in parts]]
    if isinstance(value, dict):
        return ["dict", [[encode(k, blobs, budget), encode(v, blobs, budget)] for k, v in dict.items(value)]]
    if isinstance(value, Tensor):
        return _encode_tensor(value, blobs)
    if isinstance(value, np.integer):
        return ["numpy", hex(int(value))]
    return ["other", type(value).__name__, shown(value)]


def _encode_tensor(value: Tensor, blobs: list[bytes]) -> list:
    with torch._C.DisableTorchFunctionSubclass(), torch.no_grad():
        value = Tensor.as_subclass(value, Tensor)  # a class of the learner's may have another shape to show
        kind = "quantized" if value.is_quantized else "nested" if value.is_nested else str(value.layout)[6:]
        if kind != "strided" or value.device.type != "cpu" or value.dtype not in DTYPES:
            where = f" on {value.device}" if value.device.type != "cpu" else ""
            return [
                "other",
                "Tensor",
                f"a {kind} tensor of {str(value.dtype)[6:]}{where}; expected a dense one on the CPU",
            ]
        head = ["tensor", str(value.dtype)[6:], list(value.shape)]
        if value.numel() * value.element_size() > LARGEST:
            return [*head, -1, 0]
        flat = torch.empty(value.numel(), dtype=value.dtype, device="cpu")
        flat.copy_(value.detach().reshape(-1))
        data = flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""
    start = sum(map(len, blobs))
    blobs.append(data)
    return [*head, start, len(data)]


def encoded(value: Any) -> tuple:
    """Return a value's plain data, to be compared with what it is later."""
    blobs: list[bytes] = []
    return json.dumps(encode(value, blobs)), *blobs


def shown(value: Any) -> str:
    """Describe a value in at most a line; nothing that its class does can go wrong here."""
    try:
        text = " ".join(repr(value).split())
    except BaseException:
        return f"a {type(value).__name__}"
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def describe_error(error: BaseException, files: set[str]) -> dict[str, Any]:
    """Write an exception as plain data, with the last of the learner's own lines that it went through."""
    kind = type(error)
    described = {"type": kind.__name__, "text": "", "file": "", "line": 0, "source": ""}
    with contextlib.suppress(BaseException):  # a class of the learner's
        described["text"] = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())[:1000]
    if isinstance(error, SyntaxError) and error.text:
        return described | {"file": error.filename or "", "line": error.lineno or 0, "source": error.text.strip()}
    frames = [(frame.f_code.co_filename, number) for frame, number in traceback.walk_tb(error.__traceback__)]
    return described | _place(frames, files)


def _place(frames: list[tuple[str, int]], files: set[str]) -> dict[str, Any]:
    for file, number in reversed(frames):
        if file in files:
            return {"file": file, "line": number}
    return {}


# ---- what is used though it is not allowed --------------------------------------------------------------------------


@contextlib.contextmanager
def _watched(kinds: tuple[str, ...], noted: list[str]) -> Iterator[None]:
    """Note ready-made operations that are used in the body; torch's end in an error as well.

    A torch function mode sees names, of which there are many for one operation; a dispatch mode sees operations, but
    not in other threads, and makes loops five times slower. So the operations themselves are replaced for a while.
    """
    names = tuple(name for kind in ("always", *kinds) for name in FUNCTIONS.get(kind, ()))
    seen: set[Any] = set()
    running: dict[int, str] = {}  # the compiled function that each thread has called last

    def profile(frame: Any, event: str, argument: Any) -> None:
        code = frame.f_code
        if event == "c_call" and code.co_filename != __file__:
            running[threading.get_ident()] = argument.__name__
        if event == "call" and code not in seen:
            seen.add(code)
            name = f"{frame.f_globals.get('__name__', '')}.{code.co_qualname}"
            if name.startswith(names) and not name.startswith(ALLOWED) and not _is_imported(frame):
                noted.append(name)

    before = sys.getprofile()
    with _replaced(kinds, noted, running):
        threading.setprofile(profile)
        sys.setprofile(profile)
        try:
            yield
        finally:
            sys.setprofile(before)
            threading.setprofile(None)


def _is_imported(frame: Any) -> bool:
    """Tell what runs while a module is imported from what an answer calls."""
    return any(one.f_code.co_filename == "<frozen importlib._bootstrap>" for one, _ in traceback.walk_stack(frame))


@contextlib.contextmanager
def _replaced(kinds: tuple[str, ...], noted: list[str], running: dict[int, str]) -> Iterator[None]:
    patterns = [OPERATIONS[kind] for kind in kinds if kind in OPERATIONS]
    if not patterns:
        yield
        return
    library = torch.library.Library("aten", "IMPL")
    try:
        for name in _operations("|".join(patterns)):
            for key in ("CPU", "AutogradCPU"):
                library.impl(name, _stop(name.partition(".")[0], noted, running), key)
        yield
    finally:
        library._destroy()


_found: dict[str, list[str]] = {}


def _operations(pattern: str) -> list[str]:
    if pattern not in _found:
        names = [name[6:] for name in torch._C._dispatch_get_all_op_names() if name.startswith("aten::")]
        _found[pattern] = [one for one in names if re.fullmatch(pattern, one.partition(".")[0])]
    return _found[pattern]


def _stop(name: str, noted: list[str], running: dict[int, str]) -> Callable:
    def stop(*args: Any, **_kwargs: Any) -> Tensor:
        if name == "unfold" and running.get(threading.get_ident()) in WITH_UNFOLD:
            return _unfolded(*args)
        noted.append(f"torch's {name}")
        raise RuntimeError(f"{name} is not allowed here")

    return stop


WITH_UNFOLD = ("repeat", "repeat_interleave", "tile")  # torch's own, which unfold on the way


def _unfolded(x: Tensor, axis: int, size: int, step: int) -> Tensor:
    """Do what ``x.unfold`` does, under another name."""
    shape, strides = list(x.shape), list(x.stride())
    shape[axis], along = (shape[axis] - size) // step + 1, strides[axis]
    strides[axis] = along * step
    return x.as_strided([*shape, size], [*strides, along], x.storage_offset())


class _Refusing(importlib.abc.MetaPathFinder):
    """Refuse to import what knows the answers, and note it."""

    def __init__(self, noted: list[str]) -> None:
        self.noted = noted

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.startswith(f"{KNOWING}."):
            self.noted.append(name)
            raise ImportError(f"{name} cannot be imported by an answer")


def _harmless_check() -> types.ModuleType:
    """Stand for what pages and files import: here nothing is checked, as somebody is checking."""
    module = types.ModuleType(KNOWING)
    module.__path__ = []  # so that its parts are looked for, and refused

    def check(answer: Any, *_: Any, **__: Any) -> Any:
        return (lambda function: function) if isinstance(answer, str) else answer

    module.check = check  # type: ignore[attr-defined]
    for name in ("hint", "solution", "inputs", "progress"):
        setattr(module, name, lambda *_, **__: None)
    return module


class _NoCompiler(types.ModuleType):
    """Stands for torch's compiler, which every optimizer loads, a second and 80 MB, to say that it does without."""

    @staticmethod
    def disable(function: Any = None, recursive: bool = True, **_: Any) -> Any:
        """Leave a function as it is."""
        return function

    @staticmethod
    def graph_break(*_args: Any, **_kwargs: Any) -> None:
        """Do nothing."""

    def __getattr__(self, name: str) -> Any:
        if name in ("__spec__", "__file__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:  # whatever else is asked for: load it after all
            del sys.modules[self.__name__], torch._dynamo
        return getattr(importlib.import_module(self.__name__), name)


# ---- the process as it was before -----------------------------------------------------------------------------------


class World:
    """What an answer may have changed in this process and leave to the next one."""

    def __init__(self) -> None:
        modules = {name: one for name, one in sys.modules.items() if isinstance(one, types.ModuleType)}
        self.modules = {name: _functions(vars(module)) for name, module in modules.items()}
        self.known = set(sys.modules)
        self.hooks = 0  # audit hooks, which nobody can take away again
        add = sys.addaudithook

        def counted(hook: Any) -> None:
            self.hooks += 1
            add(hook)

        sys.addaudithook = counted
        self.before = dict(self._now())

    def changed(self) -> list[str]:
        """Name what is no longer as it was; modules of the learner's own are forgotten, so that they are read anew."""
        for name in set(sys.modules) - self.known:
            file = getattr(sys.modules[name], "__file__", None) or ""
            installed = (
                not file or "site-packages" in file or file.startswith((sys.prefix, os.path.dirname(os.__file__)))
            )
            if name.startswith("answer") or not installed:
                del sys.modules[name]
        return [name for name, now in self._now() if self.before[name] != now]

    def _now(self) -> Iterator[tuple[str, Any]]:
        state: dict[str, Any] = {
            "threads": {one.ident for one in threading.enumerate()},
            "hooks": self.hooks,
            "limits": _limits(),
            "environment": dict(os.environ),
            "path": list(sys.meta_path),
            "signals": [signal.getsignal(one) for one in sorted(signal.valid_signals()) if one < 32],
            "timer": signal.getitimer(signal.ITIMER_REAL) if hasattr(signal, "getitimer") else None,
            "recursion": sys.getrecursionlimit(),
            "tracing": (sys.gettrace(), sys.getprofile()),
            "logging": (list(logging.root.handlers), logging.root.level, logging.root.manager.disable),
            "numpy": (np.geterr(), np.get_printoptions()),
            "grad": (torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.is_anomaly_enabled()),
            "default": (torch.get_default_dtype(), torch.get_default_device(), torch.get_num_threads()),
            "modes": torch._C._len_torch_function_stack() + torch._C._len_torch_dispatch_stack(),
            "deterministic": (torch.are_deterministic_algorithms_enabled(), torch.is_autocast_enabled("cpu")),
            "print": vars(torch._tensor_str.PRINT_OPTS).copy(),
        }
        yield from state.items()
        for (
            name,
            names,
        ) in self.modules.items():  # which load parts of themselves when they are needed: that is no change
            namespace = vars(sys.modules[name]) if name in sys.modules else {}
            yield f"module {name}", hash(tuple(id(namespace.get(one)) for one in names))
        for kind in (Tensor, torch._C.TensorBase, torch.nn.Module, torch.optim.Optimizer, *ENCODERS):
            functions = [(name, id(vars(kind)[name])) for name in _functions(vars(kind))]
            yield kind.__name__, hash((*vars(kind), *functions))  # here it is one


def _limits() -> list:
    try:
        import resource
    except ImportError:  # Windows
        return []
    names = sorted(name for name in dir(resource) if name.startswith("RLIMIT_"))
    return [resource.getrlimit(getattr(resource, name)) for name in names]


ENCODERS = (json.JSONEncoder, threading.Thread)  # that this process itself relies on
FUNCTIONS_AND_CLASSES = {types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType, type}


def _functions(namespace: Any) -> tuple[str, ...]:
    return tuple(name for name, value in list(namespace.items()) if type(value) in FUNCTIONS_AND_CLASSES)


# ---- the loop -------------------------------------------------------------------------------------------------------


class _Bounded(io.BytesIO):
    """Keep the first bytes only: a loop may print without end."""

    def write(self, data: Any) -> int:
        if (left := PRINTED - self.tell()) > 0:
            super().write(bytes(data)[:left])
        return len(data)

    def close(self) -> None:
        """Stay readable when an answer closes it."""


def _text(printed: _Bounded) -> str:
    return printed.getvalue().decode(errors="replace")


class _NoKeyboard(io.TextIOBase):
    """Nobody sits at this process's keyboard."""

    def readline(self, *_: Any) -> str:  # type: ignore[override]
        """Say so."""
        raise EOFError("input() waits for the keyboard; an answer gets its values as arguments")


def _printing(kept: _Bounded) -> io.TextIOWrapper:
    """Make what stands for the screen while an answer runs."""
    return io.TextIOWrapper(kept, encoding="utf-8", errors="replace", write_through=True)


def perform(hand: Hand, request: dict[str, Any], capture: bool = True) -> tuple[dict[str, Any], list[bytes]]:
    """Do what a request asks for, and write what came of it: value or error, and what was noticed on the way."""
    reply: dict[str, Any] = {}
    blobs: list[bytes] = []
    values: dict[str, Any] = {}
    hand.noted.clear()
    printed = hand.printed = _Bounded()
    screen = _printing(printed)
    redirected = (contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen)) if capture else ()
    what = dict(request)
    method = getattr(hand, what.pop("do"))
    if method == hand.call:
        what["report"] = values.__setitem__
    try:
        with contextlib.ExitStack() as stack, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sys.stdin = _NoKeyboard() if capture else sys.stdin
            for one in redirected:
                stack.enter_context(one)
            values["value"] = method(**what)
    except BaseException as error:
        reply["error"] = describe_error(error, hand.files)
        error.__traceback__ = None  # it holds every local variable of the learner's
    for name, value in values.items():
        try:
            reply[name] = encode(value, blobs)
        except Exception as error:  # a strange object, or torch itself was changed
            reply[name] = ["other", type(value).__name__, f"cannot be read ({type(error).__name__})"]
    reply["printed"] = _text(printed)
    return reply | {"noted": list(dict.fromkeys(hand.noted))}, blobs


def write_reply(stream: BinaryIO, reply: dict[str, Any], blobs: list[bytes]) -> None:
    """Send a message to the judge: a line with the lengths of its two parts; JSON; bytes."""
    head = json.dumps(reply).encode()
    stream.write(b"".join([b"%d %d\n" % (len(head), sum(map(len, blobs))), head, *blobs]))
    stream.flush()


def main() -> None:
    """Serve until the judge is gone."""
    requests, replies = _private_streams()
    torch._dynamo = sys.modules["torch._dynamo"] = _NoCompiler("torch._dynamo")
    hand, asked, lock = Hand(), queue.SimpleQueue[Any](), threading.Lock()
    sys.meta_path.insert(0, _Refusing(hand.noted))
    sys.modules[KNOWING] = _harmless_check()

    def send(reply: dict[str, Any], blobs: list[bytes]) -> None:
        with lock:
            write_reply(replies, reply, blobs)

    reader = threading.Thread(target=_receive, args=(requests, asked, hand, threading.get_ident(), send), daemon=True)
    reader.start()
    warnings.simplefilter("ignore")  # some names of torch's warn when they are looked at
    world = World()
    send({"ready": os.getpid()}, [])
    while True:
        request = asked.get()
        if request["do"] == "end":
            hand.let_go()
            send({"left": world.changed()}, [])
        else:
            send(*perform(hand, request))


def _receive(
    requests: BinaryIO, asked: queue.SimpleQueue[Any], hand: Hand, main_thread: int, send: Callable[..., None]
) -> None:
    """Read requests, also while an answer runs: then the judge may want to know where it is, or be gone."""
    try:
        while True:
            request = pickle.load(requests)
            if request["do"] != "where":
                asked.put(request)
                continue
            frame = sys._current_frames().get(main_thread)
            frames = [(one.f_code.co_filename, number) for one, number in traceback.walk_stack(frame)][::-1]
            send({**_place(frames, hand.files), "printed": _text(hand.printed)}, [])
    except BaseException:
        os._exit(0)


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """Take the pipes to the judge out of the answers' way: what they read is empty, what they write goes nowhere."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(nowhere, number)
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - for the life of the process
    return requests, replies


if __name__ == "__main__":
    here = str(Path(__file__).resolve().parent)
    sys.path[:] = [entry for entry in sys.path if entry != here]
    main()
