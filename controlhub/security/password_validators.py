"""Requirements of passwords in addition to Django's."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MAX_PASSWORD = 1_000


class MaximumLengthValidator:
    """No longer than what the sign-in page takes: hashing it costs what it is long."""

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002 — Django's signature
        if len(password) > MAX_PASSWORD:
            raise ValidationError(self.get_help_text())

    def get_help_text(self) -> str:
        return _("A password can have at most {number} characters.").format(number=MAX_PASSWORD)
