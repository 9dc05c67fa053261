"""`manage.py change_policies ORGANIZATION_ID [--strict] [--refuse NAME …] [--unique-group-names on|off] …`."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from audit.actor import COMMAND
from controlhub.actions.organizations import NUMBERS, POLICIES, SWITCHES, change_policies
from controlhub.management.base import AnswerCommand, find_organization
from controlhub.models import ScimDelete
from scim.protocol.leniency import Tolerance

NAMES = sorted(tolerance.value for tolerance in Tolerance)


class Command(AnswerCommand):
    help = "Change how SCIM is read and how users live and go; without options, show it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("organization", metavar="organization_id")
        tolerances = parser.add_mutually_exclusive_group()
        tolerances.add_argument("--strict", action="store_true", help="refuse every deviation from the standard")
        tolerances.add_argument("--lenient", action="store_true", help="accept every deviation that has a name")
        tolerances.add_argument("--refuse", nargs="+", choices=NAMES, metavar="TOLERANCE", help=", ".join(NAMES))
        parser.add_argument("--unique-group-names", choices=["on", "off"])
        parser.add_argument("--revive-on-create", choices=["on", "off"])
        parser.add_argument("--purge-deactivated", choices=["on", "off"], help="purge who was only deactivated, too")
        parser.add_argument("--scim-delete", choices=ScimDelete.values, help="what a SCIM DELETE means")
        for name, (least, most) in NUMBERS.items():
            parser.add_argument(f"--{name.replace('_', '-')}", type=int, help=f"{least} to {most}")
        parser.add_argument("--hold", metavar="REASON", help="purge nobody, until --no-hold")
        parser.add_argument("--no-hold", action="store_true")

    def answer(self, options: Mapping[str, Any]) -> dict[str, Any]:
        tenant = find_organization(options["organization"])
        changes: dict[str, Any] = {name: options[name] == "on" for name in SWITCHES if options[name]}
        changes |= {name: options[name] for name in (*NUMBERS, "scim_delete") if options[name] is not None}
        if options["hold"] or options["no_hold"]:
            changes["hold_reason"] = "" if options["no_hold"] else options["hold"]
        if options["strict"] or options["lenient"] or options["refuse"]:
            changes["refused_tolerances"] = NAMES if options["strict"] else options["refuse"] or []
        changed = change_policies(tenant, changes=changes, actor=COMMAND)
        return {name: getattr(changed, name) for name in POLICIES}
