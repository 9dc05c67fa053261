"""`manage.py demo`: what `make demo` does once Control Hub is running."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit.actor import COMMAND
from controlhub.errors import DomainError
from controlhub.models import Account, Organization, Role
from directory.demo.connecting import connect
from directory.demo.filling import fill
from directory.demo.invented import PEOPLE
from directory.demo.tour import tour
from directory.engine.control import progress_of
from directory.engine.demo_clock import forward
from directory.models import Application

MOST_DAYS = 365
WITHIN = 300.0
"""The seconds within which all people must arrive."""
EACH = 1.0


class Command(BaseCommand):
    help = "Fill the directory with 200 invented people, and provision them to this Control Hub over SCIM."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--forward", type=int, default=0, metavar="DAYS", help="let so many days pass for people who are deleted"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        organization = Organization.objects.order_by("created_at").first()
        if organization is None:
            raise CommandError("There is no organization yet. Start Control Hub with `make run` first.")
        try:
            application = self._fill(organization)
            if options["forward"]:
                self._forward(application, options["forward"])
            else:
                self._wait(application)
                self.stdout.write(self._tour(organization, application))
        except DomainError as error:
            raise CommandError(error.message) from error

    def _fill(self, organization: Organization) -> Application:
        people, groups = fill(organization, actor=COMMAND)
        if people or groups:
            self.stdout.write(f"  Added {people} people and {groups} groups to the directory")
        return connect(organization, actor=COMMAND)

    def _forward(self, application: Application, days: int) -> None:
        if not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--forward takes a number of days from 1 to {MOST_DAYS}.")
        moved, purged = forward(application, days=days, actor=COMMAND)
        self.stdout.write(f"  {days} days have passed for {moved} deleted people; {purged} were permanently deleted")

    def _wait(self, application: Application) -> None:
        """Print how many have arrived until all have; raises CommandError with the address of the application."""
        began, shown = time.monotonic(), -1
        while (arrived := progress_of(application).people) < PEOPLE:
            if arrived != shown:
                self.stdout.write(f"  {arrived} of {PEOPLE} people have arrived")
                shown = arrived
            if time.monotonic() - began > WITHIN:
                path = f"{settings.PUBLIC_URL}/directory/applications/{application.pk}/"
                raise CommandError(f"Only {arrived} people have arrived. {path} says why.")
            time.sleep(EACH)
        self.stdout.write(f"  {arrived} people arrived in {time.monotonic() - began:.0f} seconds")

    def _tour(self, organization: Organization, application: Application) -> str:
        admins = Account.objects.filter(user__organization=organization, role=Role.FULL_ADMIN)
        account = admins.order_by("created_at").first()
        address = account.sign_in_address if account else "an administrator"
        return tour(portal=settings.PUBLIC_URL, address=address, application=application.pk)
