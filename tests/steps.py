"""The work of a function, counted instead of timed: the same on every machine, however busy it is."""

import sys


class Text(str):
    """A string that counts how often it is compared or hashed, including inside lists and dictionaries."""

    __slots__ = ()
    uses = 0

    def __eq__(self, other):
        Text.uses += 1
        return str.__eq__(self, other)

    def __hash__(self):
        Text.uses += 1
        return str.__hash__(self)


def counted(value):
    """The JSON value with each string replaced by a Text."""
    if isinstance(value, str):
        return Text(value)
    if isinstance(value, list):
        return [counted(item) for item in value]
    if isinstance(value, dict):
        return {name: counted(item) for name, item in value.items()}
    return value


def steps(work):
    """Lines of Python that `work()` executes, plus comparisons of each Text.

    Other work in C code is not counted. The work of a regular expression, for example, shows only in the time.
    """
    lines, before = 0, sys.gettrace()

    def trace(_frame, event, _argument):
        nonlocal lines
        lines += event == "line"
        return trace

    Text.uses = 0
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return lines + Text.uses


def grows_linearly(make, size):
    """Whether doubling the size about doubles the work that `make(size)` returns. Quadratic work would quadruple."""
    half, whole = steps(make(size // 2)), steps(make(size))
    return whole <= 2.5 * half + 500
