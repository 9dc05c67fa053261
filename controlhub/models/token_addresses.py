"""The addresses from which access tokens are used."""

from django.db import models

from controlhub.models.tokens import AccessToken


class TokenAddress(models.Model):
    """When a token was last used from an address. For IPv6, `address` is the network address of its /64.

    A client can use any address of such a network. `last_used_at` has a precision of one hour.
    """

    pk = models.CompositePrimaryKey("token_id", "address")
    # The migration adds the constraint, with ON DELETE CASCADE: tokens are also deleted by SQL.
    token = models.ForeignKey(
        AccessToken, models.CASCADE, related_name="addresses", db_index=False, db_constraint=False
    )
    address = models.GenericIPAddressField()
    last_used_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["last_used_at"], name="token_address_age")]

    def __str__(self) -> str:
        return f"{self.token_id} from {self.address}"
