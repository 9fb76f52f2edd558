"""Programs that are one edit away from a right one, each with what is wrong with it in words.

About half of all mistakes are such an edit: an exchanged name, height for width, a number, a rounding, a missing term,
a wrong axis, two steps in the other order. The words say which quantity is wrong and how, never the line that mends it.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from itertools import pairwise
from types import CodeType
from typing import NamedTuple

# what the names in solutions stand for
WORDS = {
    **{"n": "the input's size", "h": "the input's height", "w": "the input's width", "x": "the input"},
    **{"k": "the kernel's size", "kh": "the kernel's height", "kw": "the kernel's width", "kernel": "the kernel"},
    **{"kernel_size": "the kernel's size", "weight": "the weight", "bias": "the bias", "extent": "the kernel's extent"},
    **{"eh": "the kernel's extent in height", "ew": "the kernel's extent in width"},
    **{"oh": "the output's height", "ow": "the output's width", "rows": "the number of rows"},
    **{"columns": "the number of columns", "stride": "the stride", "s": "the stride", "sh": "the vertical stride"},
    **{"sw": "the horizontal stride", "padding": "the padding", "p": "the padding", "ph": "the vertical padding"},
    **{"pw": "the horizontal padding", "dilation": "the dilation", "dh": "the vertical dilation"},
    **{"dw": "the horizontal dilation", "c_in": "the number of input channels"},
    **{"c_out": "the number of output channels", "channels": "the number of channels", "padded": "the padded input"},
    **{"window": "the window", "top": "the window's top", "left": "the window's left", "bottom": "the bottom"},
    **{
        "right": "the right side",
        "i": "the row",
        "j": "the column",
        "y": "the output",
        "flipped": "the flipped kernel",
    },
    **{"value": "the value", "size": "the size", "jump": "the jump", "left_over": "what is left over"},
    **{"places": "the number of places", "labels": "the labels", "logits": "the logits", "images": "the images"},
    **{"predictions": "the predictions", "loss": "the loss", "order": "the order", "start": "the batch's start"},
    **{"chosen": "the batch's images", "batch_size": "the batch's size", "warm_up": "the warm-up"},
    **{"progress": "the progress", "fallen": "the way down", "counts": "the counts", "image": "the image"},
    **{"full": "the fully connected layer", "local": "the locally connected layer", "own": "the convolutional layer"},
    **{"error": "the error", "target": "the target", "gradient": "the gradient", "total": "the sum"},
    **{
        "parameters": "the number of parameters",
        "weights": "the number of weights",
        "real": "the number of real cells",
    },
    **{"shifted": "the shifted logits", "log_sums": "the logarithm of the sum", "pixels": "the pixels"},
}
# names of one kind, of which people take one for another
KINDS = (
    ("h", "w", "kh", "kw", "oh", "ow", "eh", "ew"),
    ("sh", "sw", "kh", "kw", "dh", "dw", "ph", "pw"),
    ("stride", "padding", "dilation", "kernel_size"),
    ("i", "j"),
    ("top", "bottom", "left", "right"),
    ("down", "right"),
    ("c_in", "c_out", "n"),
    ("rows", "columns"),
    ("size", "jump", "stride"),
    ("predictions", "labels"),
    ("progress", "warm_up"),
    ("full", "local", "own"),
)
STEPS = {  # what calls do, in words
    **{
        "flip": "a flip",
        "permute": "an exchange of axes",
        "transpose": "an exchange of axes",
        "T": "an exchange of axes",
    },
    **{"mT": "an exchange of axes", "movedim": "an exchange of axes", "train": "the training mode"},
    **{"zero_grad": "the clearing of the gradients", "backward": "the way back", "step": "the update"},
    **{"item": "the conversion", "float": "the conversion", "double": "the conversion", "long": "the conversion"},
    **{
        "exp": "the exponential",
        "log": "the logarithm",
        "sqrt": "the square root",
        "logsumexp": "the logarithm of the sum",
    },
    **{"clone": "the copy", "contiguous": "a rearrangement", "detach": "a step", "softmax": "the softmax"},
}
REDUCTIONS = {
    **{"sum": ("mean", "amax"), "mean": ("sum",), "amax": ("amin", "mean"), "amin": ("amax",), "max": ("min",)},
    **{"min": ("max",), "argmax": ("argmin",), "any": ("all",), "all": ("any",)},
}
TAKEN = {
    **{
        "mean": "a mean is taken",
        "sum": "a sum is taken",
        "amax": "the largest is taken",
        "amin": "the smallest is taken",
    },
    **{
        "max": "the larger one is taken",
        "min": "the smaller one is taken",
        "argmin": "the place of the smallest is taken",
    },
    **{"argmax": "the place of the largest is taken", "any": "one is enough", "all": "all are asked for"},
}


class Neighbour(NamedTuple):
    """A wrong program, compiled: what kind of edit made it, what it concerns, and what is wrong in words."""

    code: CodeType
    text: str  # of the place that was changed
    label: str
    about: str
    why: str


class _Edit(NamedTuple):
    node: ast.AST  # what stands there instead
    label: str
    says: str  # with {about} for the quantity that is computed there


def neighbours(source: str) -> Iterator[Neighbour]:
    """Compile all programs that are one edit away from a function's text.

    >>> found = list(neighbours("def f(n, stride): return n // stride"))
    >>> [one.why for one in found][:2]
    ['The result is rounded up.', 'The result is rounded to the nearest whole number.']
    """
    tree = ast.parse(source)
    places = {
        child: (node, field, number)
        for node in ast.walk(tree)
        for field, value in ast.iter_fields(node)
        for number, child in enumerate(value if isinstance(value, list) else [value])
        if isinstance(child, ast.AST)
    }
    parents = {child: parent for child, (parent, _, _) in places.items()}
    for node in places:
        about = _about(node, parents)
        for edit in [*_edits(node, parents), *_block_edits(node)]:
            ast.copy_location(edit.node, node)
            if (code := _compiled(tree, edit.node, *places[node])) is not None:
                says = edit.says.format(about=about)
                text = "" if isinstance(node, ast.stmt) else f"{ast.unparse(node)} -> {ast.unparse(edit.node)}"
                yield Neighbour(code, text, edit.label, about, f"{says[0].upper()}{says[1:]}.")


def _compiled(tree: ast.Module, new: ast.AST, parent: ast.AST, field: str, number: int) -> CodeType | None:
    """Compile the tree with another node in one place; the tree is afterwards as it was."""
    value = getattr(parent, field)
    old = value[number] if isinstance(value, list) else value
    if isinstance(value, list):
        value[number] = new
    else:
        setattr(parent, field, new)
    try:
        return compile(ast.fix_missing_locations(tree), "<neighbour>", "exec")
    except (SyntaxError, ValueError, TypeError):
        return None
    finally:
        if isinstance(value, list):
            value[number] = old
        else:
            setattr(parent, field, old)


def _about(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    """Name the quantity that the statement around a node computes."""
    child: ast.AST = node
    while child in parents and not isinstance(child, ast.stmt):
        parent = parents[child]
        if isinstance(parent, ast.For) and child is parent.iter:
            return f"the range of {_words(parent.target)}"
        child = parent
    if isinstance(child, ast.Assign | ast.AugAssign | ast.AnnAssign):
        target = child.targets[0] if isinstance(child, ast.Assign) else child.target
        if isinstance(target, ast.Subscript):
            return "an output cell"
        return _words(target)
    if isinstance(child, ast.If | ast.While):
        return "a condition"
    return "the result"


def _words(node: ast.AST | None) -> str:
    """Name an expression."""
    if isinstance(node, ast.Name):
        return WORDS.get(node.id, "a quantity on the way")
    if isinstance(node, ast.Tuple) and node.elts:
        return " and ".join(dict.fromkeys(map(_words, node.elts)))
    if isinstance(node, ast.Constant):
        return f"the {node.value}" if isinstance(node.value, int | float) else "a word"
    names = [one.id for one in ast.walk(node) if isinstance(one, ast.Name) and one.id in WORDS] if node else []
    return WORDS[names[0]] if names else "a quantity on the way"


def _edits(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[_Edit]:
    """List what may stand in an expression's place."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for other in dict.fromkeys(one for kind in KINDS if node.id in kind for one in kind if one != node.id):
            name = ast.Name(other, ast.Load())
            yield _Edit(name, "wrong-quantity", f"{{about}} is computed from {WORDS.get(other, other)}")
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield from _number_edits(node.value, _is_axis(node, parents))
    elif isinstance(node, ast.BinOp):
        yield from (*_rounding_edits(node), *_sum_edits(node), *_product_edits(node))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield _Edit(node.operand, "wrong-sign", "{about} has the other sign in one place")
    elif isinstance(node, ast.Call):
        yield from (*_call_edits(node), *_argument_edits(node), *_keyword_edits(node))
    elif isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        yield _Edit(node.value, "step-missing", "{about}: an exchange of axes is left out")
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        others = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq}
        if (turned := others.get(type(node.ops[0]))) is not None:
            compared = ast.Compare(node.left, [turned()], node.comparators)
            yield _Edit(compared, "border-case", "a case on the border is decided the other way")
    elif isinstance(node, ast.Tuple) and len(node.elts) == 2:
        yield from _pair_edits(node)
    elif isinstance(node, ast.AugAssign):
        once = ast.Assign([node.target], node.value, lineno=0)
        yield _Edit(once, "overwritten", "what was there before is overwritten, not added to")


def _number_edits(value: int, is_axis: bool) -> Iterator[_Edit]:
    label, says = "wrong-number", "a number in {about} is not the right one"
    if is_axis:
        label, says = "wrong-axis", "{about} is computed along another axis"
    for other in (value + 1, value - 1, 0, *((-1, -2, -3) if is_axis else ())):
        if other != value:
            yield _Edit(ast.Constant(other), label, says)


def _pair_edits(node: ast.Tuple) -> Iterator[_Edit]:
    first, second = node.elts
    if ast.unparse(first) == ast.unparse(second):
        return
    says = f"{_words(first)} and {_words(second)} are exchanged"
    yield _Edit(ast.Tuple([second, first], node.ctx), "exchanged", says)
    for one in node.elts if isinstance(node.ctx, ast.Load) else ():
        yield _Edit(ast.Tuple([one, one], node.ctx), "one-for-both", f"{_words(one)} is taken for both")


ALONG = ("flip", "flatten", "unfold", "transpose", "movedim", "unsqueeze", "softmax", "sum", "mean", "argmax", "size")


def _is_axis(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Tell whether a number names an axis."""
    parent = parents.get(node)
    while isinstance(parent, ast.Tuple | ast.UnaryOp):
        parent = parents.get(parent)
    if isinstance(parent, ast.keyword):
        return parent.arg in ("dim", "axis", "dims")
    return isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and parent.func.attr in ALONG


def _rounding_edits(node: ast.BinOp) -> Iterator[_Edit]:
    left, right, op = node.left, node.right, node.op
    if isinstance(op, ast.FloorDiv):
        up = ast.UnaryOp(ast.USub(), ast.BinOp(ast.UnaryOp(ast.USub(), left), ast.FloorDiv(), right))
        yield _Edit(up, "rounded-up", "{about} is rounded up")
        nearest = ast.Call(ast.Name("round", ast.Load()), [ast.BinOp(left, ast.Div(), right)], [])
        yield _Edit(nearest, "rounded-to-nearest", "{about} is rounded to the nearest whole number")
        yield _Edit(ast.BinOp(left, ast.Div(), right), "not-rounded", "{about} is not rounded")
        yield _Edit(left, "not-divided", f"{{about}} is not divided by {_words(right)}")
        if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add | ast.Sub):
            inner = ast.BinOp(left.left, left.op, ast.BinOp(left.right, ast.FloorDiv(), right))
            yield _Edit(inner, "divided-in-part", f"in {{about}} only a part is divided by {_words(right)}")
    if isinstance(op, ast.Div):
        yield _Edit(ast.BinOp(left, ast.FloorDiv(), right), "rounded-down", "{about} is rounded down to a whole number")


def _sum_edits(node: ast.BinOp) -> Iterator[_Edit]:
    left, right, op = node.left, node.right, node.op
    if isinstance(op, ast.Add | ast.Sub):
        sign = ast.Sub() if isinstance(op, ast.Add) else ast.Add()
        done = "subtracted" if isinstance(op, ast.Add) else "added"
        yield _Edit(ast.BinOp(left, sign, right), "wrong-sign", f"in {{about}}, {_words(right)} is {done}")
        yield _Edit(left, "term-missing", f"{{about}} leaves out {_words(right)}")
        yield _Edit(right, "term-missing", f"{{about}} leaves out {_words(left)}")
        if isinstance(left, ast.BinOp) and isinstance(left.op, ast.FloorDiv | ast.Div):
            inside = ast.BinOp(ast.BinOp(left.left, op, right), left.op, left.right)
            yield _Edit(inside, "divided-too", f"in {{about}}, {_words(right)} is divided, too")


def _product_edits(node: ast.BinOp) -> Iterator[_Edit]:
    left, right, op = node.left, node.right, node.op
    if isinstance(op, ast.Mult | ast.Div):
        yield _Edit(left, "factor-missing", f"{{about}} leaves out {_words(right)}")
        yield _Edit(right, "factor-missing", f"{{about}} leaves out {_words(left)}")
        if isinstance(op, ast.Mult):
            yield _Edit(
                ast.BinOp(left, ast.Add(), right), "added-for-multiplied", f"in {{about}}, {_words(right)} is added"
            )
    if isinstance(op, ast.Div):
        yield _Edit(ast.BinOp(right, ast.Div(), left), "upside-down", "the fraction in {about} stands upside down")
    if isinstance(op, ast.Pow):
        yield _Edit(left, "not-squared", "a power in {about} is left out")


def _call_edits(node: ast.Call) -> Iterator[_Edit]:
    function, args = node.func, node.args
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    for other in REDUCTIONS.get(name, ()):
        new: ast.expr = ast.Name(other, ast.Load())
        if isinstance(function, ast.Attribute):
            new = ast.Attribute(function.value, other, ast.Load())
        yield _Edit(ast.Call(new, args, node.keywords), "wrong-reduction", f"in {{about}}, {TAKEN[other]}")
    if isinstance(function, ast.Attribute):
        on_a_name = isinstance(function.value, ast.Name | ast.Attribute)
        if name == "flip" or (name in STEPS and not on_a_name):
            yield _Edit(function.value, "step-missing", f"in {{about}}, {STEPS.get(name, 'a step')} is left out")


def _argument_edits(node: ast.Call) -> Iterator[_Edit]:
    function, args = node.func, node.args
    if getattr(function, "id", "") == "range" and len(args) == 1:
        shorter = ast.Call(function, [ast.BinOp(args[0], ast.Sub(), ast.Constant(1))], [])
        yield _Edit(shorter, "one-too-few", "{about} ends one too early")
        later = ast.Call(function, [ast.Constant(1), args[0]], [])
        yield _Edit(later, "one-too-few", "{about} begins one too late")
    for i, (one, other) in enumerate(pairwise(args)):
        if ast.unparse(one) != ast.unparse(other):
            says = f"in {{about}}, {_words(one)} and {_words(other)} are exchanged"
            exchanged = [*args[:i], other, one, *args[i + 2 :]]
            yield _Edit(ast.Call(function, exchanged, node.keywords), "exchanged", says)


def _keyword_edits(node: ast.Call) -> Iterator[_Edit]:
    for keyword in node.keywords:
        is_axis, value = keyword.arg in ("dim", "axis"), keyword.value
        rest = [one for one in node.keywords if one is not keyword]
        if is_axis and isinstance(value, ast.Tuple) and len(value.elts) > 1:
            for left_out in value.elts:
                fewer = ast.Tuple([one for one in value.elts if one is not left_out], ast.Load())
                call = ast.Call(node.func, node.args, [*rest, ast.keyword(keyword.arg, fewer)])
                yield _Edit(call, "too-few-axes", "{about} is taken over too few axes")
        elif is_axis:
            call = ast.Call(node.func, node.args, rest)
            yield _Edit(call, "all-axes", "{about} is taken over all axes at once")
        else:
            call = ast.Call(node.func, node.args, rest)
            yield _Edit(call, "setting-missing", "a setting of a call in {about} is left out")


def _block_edits(node: ast.AST) -> Iterator[_Edit]:
    """List what may become of a block: a step less, two in the other order, one before the loop and not in it."""
    body = getattr(node, "body", None)
    if not isinstance(body, list):
        return
    for i, statement in enumerate(body):
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        if isinstance(statement, ast.AugAssign | ast.If | ast.Expr):
            yield _Edit(
                _with(node, [*body[:i], *body[i + 1 :]]), "step-missing", f"a step is left out: {_step(statement)}"
            )
        if i and not isinstance(statement, ast.Return) and not isinstance(body[i - 1], ast.Return):
            swapped = [*body[: i - 1], statement, body[i - 1], *body[i + 1 :]]
            if not (isinstance(body[i - 1], ast.Expr) and isinstance(body[i - 1].value, ast.Constant)):
                yield _Edit(
                    _with(node, swapped),
                    "order-of-steps",
                    f"two steps stand in the other order: {_step(body[i - 1])} and {_step(statement)}",
                )
        if isinstance(statement, ast.For) and len(statement.body) > 1 and isinstance(statement.body[0], ast.Assign):
            once = [*body[:i], statement.body[0], _with(statement, statement.body[1:]), *body[i + 1 :]]
            yield _Edit(_with(node, once), "not-set-anew", f"{_step(statement.body[0])} is not begun anew each time")


def _with(node: ast.AST, body: list) -> ast.AST:
    new = copy.copy(node)
    new.body = body or [ast.Pass()]  # type: ignore[attr-defined]
    return new


def _step(statement: ast.stmt) -> str:
    """Name what a statement does."""
    calls = [
        one.func.attr
        for one in ast.walk(statement)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute)
    ]
    known = [STEPS[name] for name in calls if name in STEPS]
    if known:
        return known[0]
    if isinstance(statement, ast.Assign):
        return _words(statement.targets[0])
    if isinstance(statement, ast.If):
        return f"what happens to {_words(statement.test)}"
    return _words(statement)
