"""Shared parts of the commands: `--json`, errors as one sentence, organizations by id."""

import json
import sys
from abc import ABC, abstractmethod
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from controlhub.errors import DomainError
from controlhub.models import Organization


class AnswerCommand(BaseCommand, ABC):
    """A command that prints a few named values: as lines for people, or as one JSON object with `--json`."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer with one JSON value")

    @abstractmethod
    def answer(self, options: Mapping[str, Any]) -> Any:
        """Do the work. Returns what to print. A DomainError is printed to stderr, with exit code 1."""

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            found = self.answer(options)
        except DomainError as error:
            raise CommandError(error.message) from error
        if options["json"]:
            self.stdout.write(json.dumps(found, default=str))
        else:
            for row in found if isinstance(found, list) else [found]:
                self.stdout.write(as_lines(row))


def as_lines(values: Mapping[str, Any]) -> str:
    width = max(len(name) for name in values) + 2
    return "\n".join(f"{name.replace('_', ' ').capitalize():<{width}} {value}" for name, value in values.items())


def find_organization(text: str) -> Organization:
    """Returns the organization with this id. CommandError names the command that lists the ids."""
    try:
        return Organization.objects.get(pk=UUID(text))
    except (ValueError, Organization.DoesNotExist):
        raise CommandError(f"There is no organization {text}. `manage.py list_organizations` shows the ids.") from None


def read_json_file(path: str) -> Any:
    """Returns the JSON in a file, or in standard input for "-". CommandError says what is wrong with it."""
    try:
        return json.loads(read_file(path))
    except ValueError as error:
        raise CommandError(f"{path} is not valid JSON: {error}") from None


def read_file(path: str) -> str:
    """Returns the text in a file, or in standard input for "-". CommandError says why it cannot be read."""
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from None
