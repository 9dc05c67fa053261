"""Requests each witness to cosign the newest checkpoint of each log, and stores the cosignatures.

A witness has verified that each checkpoint continues the previous one. Sealing does not wait for it.
"""

from dataclasses import dataclass
from uuid import UUID

import requests
from django.conf import settings

from audit.models import AuditCosignature
from audit.transparency.keys import NoteError
from audit.transparency.proofs import consistency_proof
from audit.transparency.witnesses import SIZE_TYPE, Witness, request_of, size_in
from audit.tree import subtree_reader
from controlhub.security.outbound import Session, open_session
from controlhub.sql.seals import UNWITNESSED
from controlhub.sql.statements import fetch_rows

BATCH = 100
"""The maximum number of checkpoints per run and witness."""


class WitnessError(Exception):
    """A witness did not cosign a checkpoint. The next run tries again."""


@dataclass(frozen=True, slots=True)
class Question:
    """The newest checkpoint of a log, and the size that the witness last cosigned; 0 for none."""

    organization_id: UUID
    size: int
    note: str
    old: int


def ask_witnesses() -> int:
    """Collect the missing cosignatures. Returns the number of collected cosignatures.

    Raises WitnessError at the end, with the response of each witness that did not cosign. A witness that does not
    respond is not asked about the other logs.
    """
    number, problems = 0, []
    with open_session() as session:
        for witness in settings.AUDIT_WITNESSES:
            for row in fetch_rows(UNWITNESSED, {"witness": str(witness.key), "most": BATCH}):
                try:
                    _ask(session, witness, Question(*row))
                    number += 1
                except (WitnessError, NoteError) as error:
                    problems.append(f"{witness.name}: {error}")
                except requests.RequestException as error:
                    problems.append(f"{witness.name} does not answer: {error}")
                    break
    if problems:
        raise WitnessError(" ".join(problems))
    return number


def _ask(session: Session, witness: Witness, question: Question) -> None:
    answer = _post(session, witness, question, question.old)
    if answer.status_code == requests.codes.conflict:
        answer = _post(session, witness, question, _size_of(answer, question))
    if answer.status_code != requests.codes.ok:
        raise WitnessError(
            f"organization {question.organization_id}: status {answer.status_code} {_text(answer)[:200]}"
        )
    line, moment = witness.cosignature_in(_text(answer), question.note)
    row = AuditCosignature(
        organization_id=question.organization_id,
        size=question.size,
        witness=str(witness.key),
        line=line,
        signed_at=moment,
    )
    AuditCosignature.objects.bulk_create([row], ignore_conflicts=True)


def _post(session: Session, witness: Witness, question: Question, old: int) -> requests.Response:
    proof = consistency_proof(old, question.size, subtree_reader(question.organization_id))
    return session.post(witness.add_checkpoint, data=request_of(old, proof, question.note))


def _text(answer: requests.Response) -> str:
    """The response body, which is UTF-8 regardless of its headers."""
    return answer.content.decode(errors="replace")


def _size_of(answer: requests.Response, question: Question) -> int:
    """The size that the witness last cosigned, if it differs from the stored one."""
    if not answer.headers.get("Content-Type", "").startswith(SIZE_TYPE):
        raise WitnessError(f"organization {question.organization_id}: it does not say which size it knows.")
    size = size_in(_text(answer))
    if size > question.size:
        raise WitnessError(
            f"organization {question.organization_id}: it has seen {size} events, but the log has {question.size}. "
            "The log has lost events: run verify_audit."
        )
    return size
