"""The attributes that an application lists in its `/Schemas`: the last known ones, read again by a worker.

Pages never wait for the application: they show what is stored, and ask for it to be read if that is older than an hour.
"""

import time
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from controlhub.database.clock import database_now
from controlhub.security.vault import SealBrokenError
from directory.engine.client import Pace, TargetClient
from directory.engine.errors import RequestFailedError
from directory.engine.rules import configuration_of
from directory.gallery import template_of
from directory.models import Application, TargetSchema
from directory.provisioning.plan import Kind
from directory.provisioning.target_schemas import Offer, TargetAttributes, offers_of, usual_offers

KEPT = timedelta(hours=1)
AFTER_FAILURE = timedelta(minutes=5)
"""How long the application is not asked again after it did not answer."""
RUN_SECONDS = 3.0
"""A run asks no other application after this time: cycles, mail and streams have the same worker."""


def target_attributes(application: Application, kind: Kind) -> TargetAttributes:
    """The last known attributes; before they are known, those of RFC 7643 and of the template."""
    stored = TargetSchema.objects.filter(application=application, tenant_url=application.tenant_url).first()
    is_asked = stored is not None and stored.asked_at is not None
    if stored and stored.read_at and (rows := stored.offers.get(str(kind))):
        return TargetAttributes(tuple(Offer(*row) for row in rows), read_at=stored.read_at, is_asked=is_asked)
    template = template_of(application.template)
    is_group = kind is Kind.GROUP
    mappings = template.group_mappings if is_group else template.user_mappings
    paths = [str(mapping.path) for mapping in mappings]
    return TargetAttributes(usual_offers(paths, of_groups=is_group), read_at=None, is_asked=is_asked)


def ask_for_schemas(application: Application) -> None:
    """Have the schemas read by a worker, unless those that are stored are new enough."""
    if not application.tenant_url or not application.sealed_secret:
        return
    stored = TargetSchema.objects.filter(application=application).first()
    if stored is not None and not _is_due(stored, application):
        return
    with transaction.atomic():
        stored, _ = TargetSchema.objects.select_for_update().get_or_create(application=application)
        if stored.tenant_url != application.tenant_url:
            stored.tenant_url, stored.offers, stored.read_at = application.tenant_url, {}, None
        stored.asked_at, stored.failed_at = Now(), None
        stored.save()


def read_asked_schemas(*, seconds: float = RUN_SECONDS) -> int:
    """Read the schemas that pages have asked for, until the time is over. Returns the number of applications asked."""
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until and (application := _next_asked()):
        _store(application, _ask(application))
        number += 1
    return number


def _is_due(stored: TargetSchema, application: Application) -> bool:
    if stored.tenant_url != application.tenant_url:
        return True
    if stored.asked_at is not None:
        return False
    now, since = database_now(), application.secret_since
    tried = max((moment for moment in (stored.read_at, stored.failed_at) if moment), default=None)
    if since is not None and tried is not None and since > tried:
        return True
    if stored.failed_at is not None and now - stored.failed_at < AFTER_FAILURE:
        return False
    return stored.read_at is None or now - stored.read_at > KEPT


@transaction.atomic
def _next_asked() -> Application | None:
    """Takes the application that has waited longest, so that no other worker takes it."""
    asked = TargetSchema.objects.filter(asked_at__isnull=False).order_by("asked_at", "pk")
    locked = asked.select_for_update(of=("self",), skip_locked=True).select_related("application__organization")
    stored = locked.first()
    if stored is None:
        return None
    TargetSchema.objects.filter(pk=stored.pk).update(asked_at=None, failed_at=Now())
    return stored.application


def _store(application: Application, offers: Mapping[str, list[tuple[str, str, bool]]]) -> None:
    """Store the offers. Without an answer, the earlier ones are kept."""
    if offers:
        row = TargetSchema.objects.filter(application=application, tenant_url=application.tenant_url)
        row.update(offers=offers, read_at=Now(), failed_at=None)


def _ask(application: Application) -> dict[str, list[tuple[str, str, bool]]]:
    """The offers by kind of object; {} without an answer."""
    habits = configuration_of(application, database_now()).habits
    try:
        with TargetClient(application.tenant_url, application.secret, habits, Pace()) as client:
            document = client.schemas()
    except (RequestFailedError, SealBrokenError):
        return {}
    found = {str(kind): offers_of(document, of_groups=kind is Kind.GROUP) for kind in Kind}
    return {
        kind: [(offer.path, offer.type, offer.is_required) for offer in offers]
        for kind, offers in found.items()
        if offers
    }
