"""Typed readers of the environment; django-environ does the parsing."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured
from environ import Env

T = TypeVar("T")
env = Env()


def parsed(name: str, read: Callable[[str], T]) -> list[T]:
    """The setting NAME, texts by comma, each as `read` understands it; ImproperlyConfigured."""
    try:
        return [read(text.strip()) for text in env.list(name, default=[])]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {error}.") from None


def secret(name: str, file: Path) -> str:
    """The secret NAME from the environment, from the file that NAME_FILE names, or from `file`."""
    if value := os.environ.get(name):
        return value
    source = Path(os.environ.get(f"{name}_FILE") or file)
    try:
        return source.read_text().strip()
    except FileNotFoundError:
        raise ImproperlyConfigured(
            f"{name} is not set and {source} does not exist: set {name}, or start once with `make run`, which makes it."
        ) from None
    except PermissionError:
        raise ImproperlyConfigured(
            f"{source} cannot be read by this user: run as the user that ran `make run`."
        ) from None
