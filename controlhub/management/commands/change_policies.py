"""`manage.py change_policies ORGANIZATION_ID [--strict] [--refuse NAME …] [--unique-group-names on|off] …`."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from audit.actor import COMMAND
from controlhub.actions.organizations import POLICIES, change_policies
from controlhub.management.base import AnswerCommand, find_organization
from scim.protocol.leniency import Tolerance

NAMES = sorted(tolerance.value for tolerance in Tolerance)


class Command(AnswerCommand):
    help = "Change how SCIM treats what clients send; without options, show it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("organization", metavar="organization_id")
        tolerances = parser.add_mutually_exclusive_group()
        tolerances.add_argument("--strict", action="store_true", help="refuse every deviation from the standard")
        tolerances.add_argument("--lenient", action="store_true", help="accept every deviation that has a name")
        tolerances.add_argument("--refuse", nargs="+", choices=NAMES, metavar="TOLERANCE", help=", ".join(NAMES))
        parser.add_argument("--unique-group-names", choices=["on", "off"])
        parser.add_argument("--revive-on-create", choices=["on", "off"])

    def answer(self, options: Mapping[str, Any]) -> dict[str, Any]:
        tenant = find_organization(options["organization"])
        changes: dict[str, Any] = {
            name: options[name] == "on" for name in ("unique_group_names", "revive_on_create") if options[name]
        }
        if options["strict"] or options["lenient"] or options["refuse"]:
            changes["refused_tolerances"] = NAMES if options["strict"] else options["refuse"] or []
        changed = change_policies(tenant, changes=changes, actor=COMMAND)
        return {name: getattr(changed, name) for name in POLICIES}
