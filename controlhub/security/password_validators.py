"""Password requirements in addition to Django's."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MAX_PASSWORD = 1_000


class MaximumLengthValidator:
    """Limits the length to what the sign-in page accepts: the cost of hashing grows with the length."""

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002 — Django's signature
        if len(password) > MAX_PASSWORD:
            raise ValidationError(self.get_help_text())

    def get_help_text(self) -> str:
        return _("A password can have at most {number} characters.").format(number=MAX_PASSWORD)
