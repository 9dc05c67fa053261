"""User principal names: their form, and their uniqueness in an organization."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from controlhub.errors import InvalidNameError, NameTakenError
from controlhub.text.names import require_name, split_tombstone, tombstone_name
from controlhub.text.stored_texts import storable
from directory.models import Person

MOST_CHARACTERS = 256
"""The maximum length of a name, without the prefix of a tombstone name."""
UPN = "userPrincipalName"
TAKEN = storable(gettext_noop("{other} already has the user principal name {name}. Change one of the two first."))
_FORM = re.compile(r"[^@\s]+@[^@\s]+\Z")


def set_name(person: Person, name: str) -> None:
    """Give the person a user principal name. Raises InvalidNameError."""
    name = name.strip()
    key = require_name(name, UPN, most=MOST_CHARACTERS)
    if not _FORM.match(name):
        message = _("A user principal name has the form of an email address, such as ada@example.com.")
        raise InvalidNameError(message, field=UPN)
    if split_tombstone(name):
        message = _(
            "A user principal name cannot begin with 32 hexadecimal digits. Such names are reserved for deleted users."
        )
        raise InvalidNameError(message, field=UPN)
    person.user_principal_name, person.upn_key = name, key


def set_tombstone(person: Person) -> None:
    """Give a deleted person a tombstone name in Entra's form, which frees the original name."""
    person.original_upn = person.user_principal_name
    person.user_principal_name = tombstone_name(person.pk, person.original_upn)
    person.upn_key = tombstone_name(person.pk, person.upn_key)


def take_back_name(person: Person) -> None:
    """Restore the original name in place of the tombstone name."""
    person.user_principal_name, person.original_upn = person.original_upn, ""
    person.upn_key = person.upn_key.removeprefix(person.pk.hex)


@contextmanager
def names_unique(person: Person) -> Iterator[None]:
    """Turns a violation of the database's constraint into NameTakenError, which names the other person."""
    name, key = person.user_principal_name, person.upn_key
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "person_upn" not in str(error):
            raise
        other = Person.objects.filter(organization=person.organization_id, upn_key=key).first()
        message = _(TAKEN)
        raise NameTakenError(message.format(other=other or "?", name=name), field=UPN) from error
