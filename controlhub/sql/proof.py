"""The check of a remembered token, which is part of a request's first statement (docs/decisions/0011)."""

from dataclasses import dataclass
from typing import Any

# xmin and ctid change with every update of a row, so they show whether the token and its organization are unchanged.
TOKEN_IS_UNCHANGED = """EXISTS (SELECT 1 FROM controlhub_accesstoken t
    JOIN controlhub_organization o ON o.id = t.organization_id
    WHERE t.id = %(token)s AND t.expires_at > now()
    AND t.xmin = %(token_xmin)s::xid AND t.ctid = %(token_ctid)s::tid
    AND o.xmin = %(organization_xmin)s::xid AND o.ctid = %(organization_ctid)s::tid)"""


class StaleTokenError(Exception):
    """A remembered token has changed since it was read and must be read again."""


@dataclass(slots=True)
class Proof:
    """Proof that a remembered token is still accepted: `TOKEN_IS_UNCHANGED` is true with these values.

    A request that remembers its token from an earlier request adds that condition to its first statement and passes the
    result to `require`. So a token is checked at each use, without a statement of its own.
    """

    values: dict[str, Any]
    is_given: bool = False

    def require(self, holds: bool) -> None:
        """Raise StaleTokenError unless it holds."""
        if not holds:
            raise StaleTokenError
        self.is_given = True

    def renewed(self) -> "Proof":
        """Returns the same proof, not given yet."""
        return Proof(self.values)


_NOTHING_TO_PROVE = dict.fromkeys(("token", "token_xmin", "token_ctid", "organization_xmin", "organization_ctid"))


def proof_params(proof: Proof | None) -> dict[str, Any]:
    """Returns the parameters of an INSERT that proves the token, all None if it was proved before."""
    return _NOTHING_TO_PROVE if proof is None or proof.is_given else proof.values
