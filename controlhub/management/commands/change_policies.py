"""`manage.py change_policies ORGANIZATION_ID [--retention-days 90] [--unique-group-names on] [--strict] …`."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from audit.actor import COMMAND
from controlhub.actions.organizations import change_policies
from controlhub.management.base import AnswerCommand, find_organization
from controlhub.models.policies import POLICIES, Choice, Number, Policy, Switch
from scim.protocol.leniency import Tolerance

TOLERANCES = sorted(tolerance.value for tolerance in Tolerance)
ON_OFF = {"on": True, "off": False}


class Command(AnswerCommand):
    help = "Change the policies of an organization; without options, show them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("organization", metavar="organization_id")
        for policy in POLICIES.values():
            if kind := kind_of(policy):
                parser.add_argument(policy.option, help=f"{policy.label}: {policy.values}".replace("%", "%%"), **kind)
        tolerances = parser.add_mutually_exclusive_group()
        tolerances.add_argument("--strict", action="store_true", help="refuse every deviation from the standard")
        tolerances.add_argument("--lenient", action="store_true", help="accept every deviation that has a name")
        tolerances.add_argument(
            "--refuse", nargs="+", choices=TOLERANCES, metavar="TOLERANCE", help=", ".join(TOLERANCES)
        )
        networks = parser.add_mutually_exclusive_group()
        networks.add_argument(
            "--allowed-networks", nargs="+", metavar="NETWORK", help="allow the portal only from these networks"
        )
        networks.add_argument("--any-network", action="store_true", help="allow the portal from everywhere")
        hold = parser.add_mutually_exclusive_group()
        hold.add_argument("--hold", metavar="REASON", help="permanently delete no user, until --no-hold")
        hold.add_argument("--no-hold", action="store_true")

    def answer(self, options: Mapping[str, Any]) -> dict[str, Any]:
        tenant = find_organization(options["organization"])
        changes = {name: value for name in POLICIES if (value := options.get(name)) is not None}
        changes |= {name: ON_OFF[changes[name]] for name in changes if isinstance(POLICIES[name], Switch)}
        if options["hold"] or options["no_hold"]:
            changes["hold_reason"] = "" if options["no_hold"] else options["hold"]
        if options["any_network"]:
            changes["allowed_networks"] = []
        if options["strict"] or options["lenient"] or options["refuse"]:
            changes["refused_tolerances"] = TOLERANCES if options["strict"] else options["refuse"] or []
        changed = change_policies(tenant, changes=changes, actor=COMMAND)
        return {name: getattr(changed, name) for name in POLICIES}


def kind_of(policy: Policy) -> dict[str, Any]:
    """Returns the parser arguments for a policy's option; empty for policies with options of their own."""
    match policy:
        case Number():
            return {"type": int}
        case Switch():
            return {"choices": list(ON_OFF)}
        case Choice(choices=choices):
            return {"choices": choices.values}
    return {}
