"""The check of a remembered token, which rides in the first statement of a request (docs/decisions/0011)."""

from dataclasses import dataclass
from typing import Any

# xmin and ctid change with every update of a row, so the token and its organization are the very rows that were read.
TOKEN_IS_UNCHANGED = """EXISTS (SELECT 1 FROM controlhub_accesstoken t
    JOIN controlhub_organization o ON o.id = t.organization_id
    WHERE t.id = %(token)s AND t.expires_at > now()
    AND t.xmin = %(token_xmin)s::xid AND t.ctid = %(token_ctid)s::tid
    AND o.xmin = %(organization_xmin)s::xid AND o.ctid = %(organization_ctid)s::tid)"""


class StaleTokenError(Exception):
    """What was remembered of a token has changed; read it again."""


@dataclass(slots=True)
class Proof:
    """That a remembered token is still accepted: `TOKEN_IS_UNCHANGED`, with these values, is true.

    A request that remembers its token from an earlier one puts that condition into its first statement and hands the
    result to `require`. So a token is checked at each use, without a statement of its own.
    """

    values: dict[str, Any]
    is_given: bool = False

    def require(self, holds: bool) -> None:
        """StaleTokenError unless it holds."""
        if not holds:
            raise StaleTokenError
        self.is_given = True

    def renewed(self) -> "Proof":
        """The same proof, not given yet."""
        return Proof(self.values)


_NOTHING_TO_PROVE = dict.fromkeys(("token", "token_xmin", "token_ctid", "organization_xmin", "organization_ctid"))


def proof_params(proof: Proof | None) -> dict[str, Any]:
    """The parameters of an insertion that proves the token, all None if that was done before."""
    return _NOTHING_TO_PROVE if proof is None or proof.is_given else proof.values
