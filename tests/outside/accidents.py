"""What breaks checkers, as bodies of `corr2d(x, kernel)`, after which the lines of a right answer follow.

``status`` is what a fair checker says. ``where``: "call", the body stands in the function; "module", before it;
"nested", it asks for a check itself. Nothing runs on import.
"""

from typing import NamedTuple

# the right result as `out`, for bodies that return something themselves
OUT = '''h, w = x.shape[0] - kernel.shape[0] + 1, x.shape[1] - kernel.shape[1] + 1
out = x.new_zeros(h, w)
for i in range(kernel.shape[0]):
    for j in range(kernel.shape[1]):
        out = out + kernel[i, j] * x[i:i + h, j:j + w]
'''


class Accident(NamedTuple):
    """One of them."""

    name: str
    status: str
    body: str
    where: str = "call"


ACCIDENTS = [
    # ends
    Accident('exits', 'failed', """
exit()
"""),
    Accident('sys_exit_0', 'failed', """
import sys
sys.exit(0)
"""),
    Accident('system_exit_huge_code', 'failed', """
raise SystemExit(10**400)
"""),
    Accident('os_exit_0', 'failed', """
import os
os._exit(0)
"""),
    Accident('kills_itself_sigkill', 'failed', """
import os, signal
os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
"""),
    Accident('interrupts_itself', 'failed', """
import signal
signal.raise_signal(signal.SIGINT)
raise KeyboardInterrupt
"""),
    Accident('null_pointer', 'failed', """
import ctypes
ctypes.string_at(0)
"""),
    Accident('faulthandler_fatal_error', 'failed', """
import faulthandler
faulthandler._fatal_error_c_thread()
import time
time.sleep(2)
raise SystemExit
"""),
    Accident('bad_code_object', 'failed', """
def nothing():
    return 1
nothing.__code__ = nothing.__code__.replace(co_consts=(), co_stacksize=1)
nothing()
raise SystemError
"""),
    Accident('exits_in_del', 'failed', """
import os
class Last:
    def __del__(self):
        os._exit(0)
last = Last()
del last
"""),
    Accident('exits_third_call', 'failed', """
import os, sys
sys._corr2d_calls = getattr(sys, "_corr2d_calls", 0) + 1
if sys._corr2d_calls > 2 or x.numel() > 20:
    os._exit(0)
if x.dtype.is_floating_point and x.requires_grad:
    os._exit(0)
""" + OUT + """out = out + 1
return out
"""),
    Accident('breakpoint', 'failed', """
breakpoint()
raise RuntimeError("left the debugger")
"""),
    # raises
    Accident('raises_keyboard_interrupt', 'failed', """
raise KeyboardInterrupt
"""),
    Accident('raises_not_implemented_again', 'failed', """
raise NotImplementedError  # your code here
"""),
    Accident('error_not_picklable', 'failed', """
class Bad(Exception):
    def __init__(self, a, b):
        super().__init__("two arguments")
        self.call = lambda: (a, b)
raise Bad(x, kernel)
"""),
    Accident('error_group', 'failed', """
raise BaseExceptionGroup("many", [SystemExit(), KeyboardInterrupt(), ValueError("x")])
"""),
    Accident('asks_torch_for_a_petabyte', 'failed', """
import torch
return torch.empty(10**15)
"""),
    # loops
    Accident('while_true', 'failed', """
while True:
    pass
"""),
    Accident('all_of_count', 'failed', """
import itertools
all(itertools.count(1))
"""),
    Accident('dict_from_count', 'failed', """
import itertools
dict(zip(itertools.repeat(0), itertools.count()))
"""),
    Accident('pbkdf2_in_c', 'failed', """
import hashlib
hashlib.pbkdf2_hmac("sha256", b"a", b"b", 2**31 - 1)
"""),
    Accident('sleep_1_base_exception', 'failed', """
import time
while True:
    try:
        time.sleep(1)
    except BaseException:
        pass
"""),
    Accident('loop_in_c_callback', 'failed', """
import ctypes
def compare(a, b):
    while True:
        pass
kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
kind(compare)(None, None)
"""),
    Accident('queue_never_empty', 'failed', """
todo = [x]
while todo:
    todo.append(todo.pop())
"""),
    Accident('interrupt_ignored_then_loop', 'failed', """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    pass
"""),
    Accident('warns_while_looping', 'failed', """
import warnings
for n in range(100_000):
    warnings.warn("number %d" % n)
while True:
    pass
"""),
    # waits
    Accident('sleeps_forever', 'failed', """
import time
time.sleep(10**6)
"""),
    Accident('event_wait_swallowed', 'failed', """
import threading
event = threading.Event()
while not event.is_set():
    try:
        event.wait(3)
    except BaseException:
        pass
"""),
    Accident('serves_http_forever', 'failed', """
import http.server
http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler).serve_forever()
"""),
    Accident('asyncio_future', 'failed', """
import asyncio
async def main():
    await asyncio.get_running_loop().create_future()
asyncio.run(main())
"""),
    # grows
    Accident('list_grows', 'failed', """
cells = []
while len(cells) < 300_000_000:
    cells.append(0)
raise MemoryError("stopped by itself")
"""),
    Accident('join_of_repeat', 'failed', """
import itertools
text = "".join(itertools.repeat("cell " * 100, 3_000_000))
raise MemoryError("stopped by itself")
"""),
    # strange
    Accident('returns_nothing', 'failed', OUT + """return None
"""),
    Accident('returns_module', 'failed', OUT + """import torch
return torch
"""),
    Accident('returns_generator', 'failed', OUT + """return (row for row in out)
"""),
    Accident('returns_tuple_of_two', 'failed', OUT + """return out, out
"""),
    Accident('returns_numpy_self_containing', 'failed', OUT + """import numpy as np
a = np.empty(1, dtype=object)
a[0] = a
return a
"""),
    Accident('returns_bytes', 'failed', OUT + """return bytes(10)
"""),
    Accident('returns_huge_integer', 'failed', OUT + """return 1 << 200_000_000
"""),
    Accident('returns_recursive_list', 'failed', OUT + """a = []
a.append(a)
return a
"""),
    Accident('returns_dag_of_2_to_60', 'failed', OUT + """a = [0]
for _ in range(60):
    a = [a, a]
return a
"""),
    Accident('returns_tensor_keys', 'failed', OUT + """return {out: 1, out + 1: 2}
"""),
    Accident('returns_open_file', 'failed', OUT + """import tempfile
return tempfile.TemporaryFile()
"""),
    Accident('returns_system_exit', 'failed', OUT + """return SystemExit
"""),
    Accident('returns_future', 'failed', OUT + """from concurrent.futures import Future
return Future()
"""),
    Accident('returns_jagged_tensor', 'failed', OUT + """import torch
return torch.nested.nested_tensor([out[0].detach()], layout=torch.jagged)
"""),
    Accident('returns_conjugate_view', 'failed', OUT + """return (out * 1j).conj()
"""),
    Accident('returns_bits', 'failed', OUT + """import torch
return torch.empty(h, w, dtype=torch.bits8)
"""),
    Accident('returns_empty', 'failed', OUT + """return x.new_zeros(0)
"""),
    Accident('returns_input', 'failed', OUT + """return x
"""),
    Accident('returns_fake_tensor', 'failed', OUT + """from torch._subclasses.fake_tensor import FakeTensorMode
with FakeTensorMode():
    import torch
    return torch.empty(3, 3)
"""),
    Accident('returns_ctypes_pointer', 'failed', OUT + """import ctypes
return ctypes.cast(8, ctypes.py_object)
"""),
    # objects
    Accident('object_repr_exits', 'failed', """
class Thing:
    def __repr__(self):
        import os
        os._exit(0)
return Thing()
"""),
    Accident('object_str_loops', 'failed', """
class Thing:
    def __str__(self):
        while True:
            pass
return Thing()
"""),
    Accident('object_bool_exits', 'failed', """
class Thing:
    def __bool__(self):
        import os
        os._exit(0)
return Thing()
"""),
    Accident('object_len_raises', 'failed', """
class Thing:
    def __len__(self):
        raise SystemExit
return Thing()
"""),
    Accident('object_getattr_loops', 'failed', """
class Thing:
    def __getattr__(self, name):
        while True:
            pass
return Thing()
"""),
    Accident('object_hash_loops', 'failed', """
class Thing:
    def __hash__(self):
        while True:
            pass
return Thing()
"""),
    Accident('object_del_raises', 'failed', """
class Thing:
    def __del__(self):
        raise SystemExit
return Thing()
"""),
    Accident('object_getitem_exits', 'failed', """
class Thing:
    def __getitem__(self, n):
        import os
        os._exit(0)
return Thing()
"""),
    Accident('object_len_minus_one', 'failed', """
class Thing(list):
    def __len__(self):
        return -1
return Thing()
"""),
    Accident('object_unpickles_to_an_exit', 'failed', """
import os
class Thing:
    def __reduce__(self):
        return os._exit, (0,)
return Thing()
"""),
    Accident('float_subclass_equal_to_all', 'failed', """
class Mine(float):
    def __eq__(self, other):
        return True
    def __sub__(self, other):
        return 0.0
    __rsub__ = __sub__
    __hash__ = float.__hash__
return Mine(3)
"""),
    Accident('tensor_subclass_function_exits', 'failed', OUT + """import os, torch
class Mine(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        os._exit(0)
return torch.Tensor._make_subclass(Mine, out.detach())
"""),
    # patches
    Accident('wrong_and_patches_tensor_eq', 'failed', OUT + """out = out + 1
import torch
torch.Tensor.__eq__ = lambda *a: torch.tensor(True)
return out
"""),
    Accident('wrong_and_patches_tensor_tolist', 'failed', OUT + """out = out + 1
import torch
torch.Tensor.tolist = lambda t: []
return out
"""),
    Accident('wrong_and_patches_torch_is_tensor', 'failed', OUT + """out = out + 1
import torch
torch.is_tensor = lambda t: False
return out
"""),
    Accident('wrong_and_patches_isinstance', 'failed', OUT + """out = out + 1
import builtins
builtins.isinstance = lambda *a: True
return out
"""),
    Accident('wrong_and_patches_open', 'failed', OUT + """out = out + 1
import builtins
builtins.open = None
return out
"""),
    Accident('wrong_and_patches_json_loads', 'failed', OUT + """out = out + 1
import json
json.loads = json.load = lambda *a, **k: {'status': 'passed'}
return out
"""),
    Accident('wrong_and_patches_os_read', 'failed', OUT + """out = out + 1
import os
os.read = lambda *a: b''
return out
"""),
    Accident('wrong_and_patches_struct_unpack', 'failed', OUT + """out = out + 1
import struct
struct.unpack = lambda *a: (0,)
struct.Struct = None
return out
"""),
    Accident('wrong_and_patches_subprocess_popen', 'failed', OUT + """out = out + 1
import subprocess
subprocess.Popen = subprocess.run = None
return out
"""),
    Accident('wrong_and_patches_gc_collect', 'failed', OUT + """out = out + 1
import gc
gc.collect = gc.get_objects = exit
return out
"""),
    Accident('wrong_and_patches_stdout_write_loops', 'failed', OUT + """out = out + 1
import sys
class Bad:
    def write(self, text):
        while True:
            pass
    flush = lambda self: self.write('')
sys.stdout = sys.stderr = Bad()
return out
"""),
    Accident('wrong_and_looks_in_the_heap', 'failed', OUT + """out = out + 1
import gc, torch
for value in gc.get_objects():
    if type(value) is torch.Tensor and value is not out and value.shape == out.shape and value.dtype == out.dtype:
        return value
return out
"""),
    # ready
    Accident('ready_made_f_conv2d', 'failed', """
import torch.nn.functional as F
return F.conv2d(x[None, None], kernel[None, None])[0, 0]
"""),
    Accident('ready_made_torch_convolution', 'failed', """
import torch
return torch.convolution(x[None, None], kernel[None, None], None, (1, 1), (0, 0), (1, 1), False, (0, 0), 1)[0, 0]
"""),
    Accident('ready_made_slow_conv3d', 'failed', """
import torch
return torch._C._nn.slow_conv3d(x[None, None, None], kernel[None, None, None], (1, *kernel.shape))[0, 0, 0]
"""),
    Accident('ready_made_conv1d_of_rows', 'failed', """
import torch
h = x.shape[0] - kernel.shape[0] + 1
return torch.stack([torch.conv1d(x[None, i:i + kernel.shape[0]], kernel[None])[0, 0] for i in range(h)])
"""),
    Accident('ready_made_nn_conv2d_weight_set', 'failed', """
import torch
layer = torch.nn.Conv2d(1, 1, tuple(kernel.shape), bias=False).to(x.dtype)
layer.weight.data = kernel.data[None, None]
return layer(x[None, None])[0, 0]
"""),
    Accident('ready_made_aten_convolution', 'failed', """
import torch
return torch.ops.aten.convolution.default(x[None, None], kernel[None, None], None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1)[0, 0]
"""),
    Accident('ready_made_vars_of_torch', 'failed', """
import torch
return vars(torch)['2vnoc'[::-1] + 'd'](x[None, None], kernel[None, None])[0, 0]
"""),
    Accident('ready_made_sys_modules', 'failed', """
import sys
return sys.modules['torch'].conv2d(x[None, None], kernel[None, None])[0, 0]
"""),
    Accident('ready_made_partial', 'failed', """
import functools, torch
f = functools.partial(torch.conv2d, x[None, None])
return f(kernel[None, None])[0, 0]
"""),
    Accident('ready_made_thread_pool', 'failed', """
import torch
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(1) as pool:
    return pool.submit(torch.conv2d, x[None, None], kernel[None, None]).result()[0, 0]
"""),
    Accident('ready_made_reduce', 'failed', """
import functools, torch
return functools.reduce(torch.conv2d, [x[None, None], kernel[None, None]])[0, 0]
"""),
    Accident('ready_made_jit_trace', 'failed', """
import torch
f = torch.jit.trace(lambda a, b: torch.conv2d(a, b), (x[None, None], kernel[None, None]), check_trace=False)
return f(x[None, None], kernel[None, None])[0, 0]
"""),
    Accident('ready_made_vmap', 'failed', """
import torch
f = torch.func.vmap(torch.conv2d, in_dims=(0, None))
return f(x[None, None, None], kernel[None, None])[0, 0, 0]
"""),
    Accident('ready_made_autograd_function', 'failed', """
import torch
class Mine(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return torch.conv2d(a[None, None], b[None, None])[0, 0]
    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return (torch.conv2d(torch.nn.functional.pad(g, (b.shape[1] - 1,) * 2 + (b.shape[0] - 1,) * 2)[None, None],
                             b.flip(0, 1)[None, None])[0, 0], torch.conv2d(a[None, None], g[None, None])[0, 0])
return Mine.apply(x, kernel)
"""),
    Accident('ready_made_disabled_torch_function', 'failed', """
import torch
with torch._C.DisableTorchFunctionSubclass():
    return torch.conv2d(x[None, None], kernel[None, None])[0, 0]
"""),
    Accident('ready_made_in_sort_key', 'failed', """
import torch
box = []
sorted([0], key=lambda n: box.append(torch.conv2d(x[None, None], kernel[None, None])) or 0)
return box[0][0, 0]
"""),
    Accident('ready_made_scipy_fftconvolve', 'failed', """
import scipy.signal, torch
return torch.from_numpy(scipy.signal.fftconvolve(x.detach().numpy(), kernel.detach().numpy()[::-1, ::-1], mode='valid')).to(x.dtype)
"""),
    Accident('ready_made_course_channels', 'failed', """
import importlib
m = importlib.import_module('cnncourse.' + 'channels')
for name in sorted(vars(m)):
    if 'corr2d' in name or name.startswith('conv2d'):
        try:
            y = getattr(m, name)(x[None], kernel[None])
            return y[0] if y.dim() == 3 else y
        except (TypeError, ValueError, RuntimeError):
            continue
raise LookupError('nothing to borrow')
"""),
    Accident('ready_made_course_walked', 'failed', """
import importlib, pkgutil, cnncourse
for info in pkgutil.iter_modules(cnncourse.__path__):
    if info.name in ('cross_correlation', 'channels', 'padding'):
        m = importlib.import_module('cnncourse.' + info.name)
        if hasattr(m, 'corr2d'):
            return m.corr2d(x, kernel)
raise LookupError('nothing to borrow')
"""),
    Accident('ready_made_catalogue_source', 'failed', "import inspect\nimport cnncourse.exercises.catalogue as catalogue\ntext = inspect.getsource(catalogue)\nstart = text.index('def corr2d')\nspace = dict(globals())\nlines = text[start:].splitlines()\nkept = [lines[0]]\nfor line in lines[1:]:\n    if line and not line[0].isspace():\n        break\n    kept.append(line)\nexec('\\n'.join(kept), space)\nreturn space['corr2d'](x, kernel)"),
    # tidy
    Accident('prints_a_line', 'passed', """
print('x is', x.shape)
"""),
    Accident('prints_to_original_stdout', 'passed', """
import sys
print('debug', file=sys.__stdout__, flush=True)
"""),
    Accident('logs', 'passed', """
import logging
logging.basicConfig(level=logging.DEBUG, force=True)
logging.error('x %s', x.shape)
"""),
    Accident('closes_stdout', 'passed', """
import sys
sys.stdout.close()
"""),
    Accident('stdout_redirect_left_open', 'passed', """
import contextlib, io
r = contextlib.redirect_stdout(io.StringIO())
r.__enter__()
"""),
    Accident('directory_vanishes', 'passed', """
import os, tempfile
d = tempfile.mkdtemp()
os.chdir(d)
try:
    os.rmdir(d)
except OSError:
    pass
"""),
    Accident('tempfile_dir', 'passed', """
import tempfile
tempfile.tempdir = '/nowhere'
"""),
    Accident('meta_path_finder', 'passed', """
import sys
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return None
sys.meta_path.insert(0, Finder)
"""),
    Accident('profile', 'passed', """
import sys
sys.setprofile(lambda *event: None)
"""),
    Accident('gc_callback', 'passed', """
import gc
gc.callbacks.append(lambda *a: None)
"""),
    Accident('np_seed', 'passed', """
import numpy as np
np.random.seed(0)
"""),
    Accident('torch_random_numbers', 'passed', """
import torch
torch.rand(3)
torch.randperm(5)
"""),
    Accident('atexit_prints', 'passed', """
import atexit
atexit.register(print, 'bye')
"""),
    Accident('thread_prints_later', 'passed', """
import threading
threading.Timer(0.2, print, ('late',)).start()
"""),
    Accident('child_left_with_a_pipe', 'passed', """
import subprocess, sys
if not hasattr(sys, '_child'):
    sys._child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(20)'],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False)
"""),
    Accident('sigterm_ignored', 'passed', """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
"""),
    Accident('temp_file_written', 'passed', """
import os, tempfile
open(os.path.join(tempfile.mkdtemp(), 'x.txt'), 'w').write(str(x))
"""),
    Accident('function_attributes', 'passed', """
globals()['corr2d'].calls = lambda: 1
"""),
    Accident('interop_threads', 'passed', """
import torch
try:
    torch.set_num_interop_threads(1)
except RuntimeError:
    pass
"""),
    Accident('module_hook', 'passed', """
import torch
torch.nn.modules.module.register_module_forward_hook(lambda *a: None)
"""),
    Accident('patches_np_allclose', 'passed', """
import numpy as np
np.allclose = None
"""),
    Accident('looks_for_the_clock', 'passed', """
import time
before = time.perf_counter()
assert time.perf_counter() >= before
"""),
    # module
    Accident('module_exit', 'failed', """
exit()
""", 'module'),
    Accident('module_stops_itself', 'failed', """
import os, signal
os.kill(os.getpid(), getattr(signal, 'SIGSTOP', signal.SIGTERM))
raise RuntimeError('went on after SIGSTOP')
""", 'module'),
    Accident('module_grows', 'failed', """
import torch
kept = [torch.ones(2**24) for _ in range(48)]
raise MemoryError('by itself')
""", 'module'),
    Accident('module_missing_name', 'failed', """
from torch import conv2dd
""", 'module'),
    Accident('module_null_in_source', 'failed', "exec('x = 1\\x00')", 'module'),
    Accident('module_patched_and_raises', 'failed', """
import builtins, torch
builtins.print = None
torch.Tensor.sum = None
torch.set_default_device('meta')
raise ValueError('and leaves a mess')
""", 'module'),
    Accident('module_closes_stdout', 'passed', """
import sys
sys.stdout.close()
""", 'module'),
    Accident('module_one_thread', 'passed', """
import torch
torch.set_num_threads(1)
""", 'module'),
    Accident('module_atexit_loops', 'passed', """
import atexit, time
atexit.register(time.sleep, 10**6)
""", 'module'),
    Accident('module_star_import_math', 'passed', """
from math import *
""", 'module'),
    # nested
    Accident('nested_check_id', 'failed', """
import os, sys
depth = int(os.environ.get("CORR2D_NESTED", "0")) + 1
os.environ["CORR2D_NESTED"] = str(depth)
sys._corr2d_nested = getattr(sys, "_corr2d_nested", 0) + 1
if depth > 3 or sys._corr2d_nested > 3:
    raise RecursionError("nested checks")
from cnncourse.exercises import check
check('corr2d')
""", 'nested'),
    Accident('nested_check_decorates_same_name', 'failed', """
import os, sys
depth = int(os.environ.get("CORR2D_NESTED", "0")) + 1
os.environ["CORR2D_NESTED"] = str(depth)
sys._corr2d_nested = getattr(sys, "_corr2d_nested", 0) + 1
if depth > 3 or sys._corr2d_nested > 3:
    raise RecursionError("nested checks")
from cnncourse.exercises import check
def inner():
    @check
    def corr2d(x, kernel):
        return x
    return corr2d
inner()
""", 'nested'),
    Accident('nested_check_in_a_thread', 'failed', """
import os, sys
depth = int(os.environ.get("CORR2D_NESTED", "0")) + 1
os.environ["CORR2D_NESTED"] = str(depth)
sys._corr2d_nested = getattr(sys, "_corr2d_nested", 0) + 1
if depth > 3 or sys._corr2d_nested > 3:
    raise RecursionError("nested checks")
import threading
from cnncourse.exercises import check
t = threading.Thread(target=lambda: check('corr2d')(corr2d))
t.start()
t.join()
raise RuntimeError('checked')
""", 'nested'),
]
