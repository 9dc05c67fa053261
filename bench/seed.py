"""Users of about 1 kB in Entra's shape, written straight into the tables."""

import uuid
from dataclasses import dataclass

from django.db import connection

from audit.actor import COMMAND
from controlhub.actions.organizations import create_organization
from controlhub.actions.tokens import issue_token
from controlhub.actions.users.columns import mirror
from controlhub.models import Group, Membership, Organization, Source, User

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
BATCH = 2_000


@dataclass(frozen=True)
class Population:
    """An organization full of people."""

    organization: Organization
    token: str
    user_ids: list[uuid.UUID]
    group_ids: dict[int, uuid.UUID]


def populate(users: int, group_sizes: tuple[int, ...]) -> Population:
    """A new organization with this many users, and a group of each size."""
    organization = create_organization(name=f"Bench {users}", actor=COMMAND)
    _, secret = issue_token(organization, name="bench", actor=COMMAND)
    ids: list[uuid.UUID] = []
    for start in range(0, users, BATCH):
        batch = [person(organization, index) for index in range(start, min(users, start + BATCH))]
        User.objects.bulk_create(batch)
        ids += [user.id for user in batch]
    groups = {}
    for size in group_sizes:
        name = f"Group of {size}"
        group = Group.objects.create(
            organization=organization,
            document={"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name},
            display_name=name,
            display_name_key=name.lower(),
            member_count=size,
        )
        Membership.objects.bulk_create([Membership(group=group, user_id=pk) for pk in ids[:size]], batch_size=BATCH)
        groups[size] = group.id
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return Population(organization, secret, ids, groups)


def person(organization: Organization, index: int) -> User:
    user = User(organization=organization, source=Source.SCIM, source_label="bench")
    mirror(user, document(index))
    return user


def document(index: int) -> dict[str, object]:
    name = f"person.number{index:07}@northwind.example"
    return {
        "schemas": [CORE, ENTERPRISE],
        "externalId": str(uuid.UUID(int=index)),
        "userName": name,
        "active": True,
        "displayName": f"Person Number{index:07}",
        "title": "Support Engineer",
        "preferredLanguage": "en-US",
        "name": {"formatted": f"Person Number{index:07}", "familyName": f"Number{index:07}", "givenName": "Person"},
        "emails": [
            {"type": "work", "primary": True, "value": name},
            {"type": "other", "value": f"p{index}@mail.example"},
        ],
        "phoneNumbers": [{"type": "work", "value": "+47 22 00 00 00"}, {"type": "mobile", "value": "+47 900 00 000"}],
        "addresses": [
            {
                "type": "work",
                "streetAddress": "Karl Johans gate 1",
                "locality": "Oslo",
                "postalCode": "0154",
                "country": "NO",
                "formatted": "Karl Johans gate 1\n0154 Oslo",
            }
        ],
        ENTERPRISE: {
            "employeeNumber": str(index),
            "department": "IT Operations",
            "costCenter": "4711",
            "organization": "Northwind",
            "division": "Europe",
            "manager": {"value": str(uuid.UUID(int=0))},
        },
    }
