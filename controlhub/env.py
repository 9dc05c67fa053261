"""Typed readers of environment variables. django-environ does the parsing."""

import os
import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured
from environ import Env

T = TypeVar("T")
env = Env()


def listed(name: str, default: str = "") -> list[str]:
    """Returns the values of the setting NAME, separated by commas or white space."""
    return [text for text in re.split(r"[,\s]+", env.str(name, default=default)) if text]


def choice(name: str, values: Collection[str]) -> str:
    """Returns the setting NAME, one of `values`. The first is the default. ImproperlyConfigured lists them."""
    value: str = env.str(name, default=next(iter(values)))
    if value not in values:
        known = " or ".join(value for value in values if value)
        raise ImproperlyConfigured(f"{name} is {value!r}, but it must be {known}, or unset.")
    return value


def bounded(name: str, *, default: float, least: float, most: float) -> float:
    """Returns the number NAME. ImproperlyConfigured if it is out of bounds."""
    value: float = env.float(name, default=default)
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name} is {value:g}, but it must be a number from {least:g} to {most:g}.")
    return value


def parsed(name: str, read: Callable[[str], T]) -> list[T]:
    """Returns the parsed values of the setting NAME. ImproperlyConfigured names the setting if one is not valid."""
    try:
        return [read(text) for text in listed(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not valid: {error}.") from None


def folder(name: str) -> Path | None:
    """Returns the folder NAME, or None if it is not set. ImproperlyConfigured unless it is an absolute path."""
    path = Path(env.str(name, default=""))
    if path == Path():
        return None
    if not path.is_absolute():
        raise ImproperlyConfigured(f"{name} is {str(path)!r}, but it must be an absolute path.")
    return path


def secret(name: str, file: Path) -> str:
    """Returns the secret NAME from the environment, from the file that NAME_FILE names, or from `file`."""
    if value := os.environ.get(name):
        return value
    source = Path(os.environ.get(f"{name}_FILE") or file)
    try:
        return source.read_text().strip()
    except FileNotFoundError:
        raise ImproperlyConfigured(
            f"{name} is not set and {source} does not exist. Set {name}, or start once "
            "with `make run`, which creates it."
        ) from None
    except PermissionError:
        raise ImproperlyConfigured(
            f"{source} cannot be read by this user. Run this as the user who ran `make run`."
        ) from None


def optional_secret(name: str, *, at_least: int) -> str:
    """Returns the secret NAME from the environment or the file that NAME_FILE names, "" if neither is set."""
    if not os.environ.get(name) and not os.environ.get(f"{name}_FILE"):
        return ""
    value = secret(name, Path())
    if len(value) < at_least:
        raise ImproperlyConfigured(f"{name} is too short. Use at least {at_least} characters.")
    return value
