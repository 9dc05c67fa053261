"""`manage.py list_organizations`."""

from collections.abc import Mapping
from typing import Any

from controlhub.management.base import AnswerCommand
from controlhub.models import Organization
from controlhub.public_urls import tenant_url


class Command(AnswerCommand):
    help = "List the organizations with their ids and Tenant URLs."

    def answer(self, _options: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [
            {"id": organization.id, "name": organization.name, "tenant_url": tenant_url(organization.id)}
            for organization in Organization.objects.order_by("created_at")
        ]
