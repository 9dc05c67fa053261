"""`manage.py verify_receipt FILE`: checks whether this installation signed an off-boarding receipt."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError

from controlhub.actions.receipts import public_jwk, public_key, read_receipt
from controlhub.management.base import AnswerCommand, read_file


class Command(AnswerCommand):
    help = "Check the signature of an off-boarding receipt, - for standard input; exit code 1 if it is not genuine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file")

    def answer(self, options: Mapping[str, Any]) -> dict[str, Any]:
        receipt = read_receipt(read_file(options["file"]))
        if receipt is None:
            raise CommandError("This receipt is not valid: it was changed, or another installation signed it.")
        return {
            "genuine": True,
            "user": receipt["user"],
            "public_key": public_key(),
            "public_jwk": json.dumps(public_jwk()),
        }
