"""The attributes that an application lists in its `/Schemas`, read at most once an hour."""

import hashlib

from django.core.cache import cache

from controlhub.database.clock import database_now
from directory.engine.client import Pace, TargetClient
from directory.engine.errors import RequestFailedError
from directory.engine.rules import configuration_of
from directory.gallery import template_of
from directory.models import Application
from directory.provisioning.plan import Kind
from directory.provisioning.target_schemas import Offer, TargetAttributes, offers_of, usual_offers

KEPT_SECONDS = 3_600
FAILED_SECONDS = 300
"""How long the application is not asked again after it did not answer."""


def target_attributes(application: Application, kind: Kind) -> TargetAttributes:
    """What the application lists; if that cannot be read, the attributes of RFC 7643 and of the template."""
    if offers := _read(application).get(kind):
        return TargetAttributes(offers, is_read=True)
    template = template_of(application.template)
    is_group = kind is Kind.GROUP
    mappings = template.group_mappings if is_group else template.user_mappings
    paths = [str(mapping.path) for mapping in mappings]
    return TargetAttributes(usual_offers(paths, of_groups=is_group), is_read=False)


def _read(application: Application) -> dict[Kind, tuple[Offer, ...]]:
    if not application.tenant_url or not application.sealed_secret:
        return {}
    key = _key(application)
    kept = cache.get(key)
    if kept is None:
        kept = _ask(application)
        cache.set(key, kept, KEPT_SECONDS if kept else FAILED_SECONDS)
    return {Kind(kind): tuple(Offer(*each) for each in offers) for kind, offers in kept.items()}


def _ask(application: Application) -> dict[str, list[tuple[str, str, bool]]]:
    """The offers by kind of object; {} without an answer. Asked once: nobody waits for a second try."""
    habits = configuration_of(application, database_now()).habits
    try:
        with TargetClient(application.tenant_url, application.secret, habits, Pace()) as client:
            document = client.schemas()
    except RequestFailedError:
        return {}
    found = {str(kind): offers_of(document, of_groups=kind is Kind.GROUP) for kind in Kind}
    return {
        kind: [(offer.path, offer.type, offer.is_required) for offer in offers]
        for kind, offers in found.items()
        if offers
    }


def _key(application: Application) -> str:
    """Another URL or token may show other schemas."""
    place = f"{application.tenant_url} {application.sealed_secret}"
    return f"directory-schemas:{application.pk}:{hashlib.sha256(place.encode()).hexdigest()}"
