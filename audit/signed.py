"""The signed checkpoints of an organization, from the table and from the file, and whether they agree."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from audit.checkpoint_files import read_notes
from audit.models import AuditCheckpoint
from audit.reading import Fault, chunks
from audit.recovered import Recovery, recoveries, recovery_of
from audit.signing import belongs_to, verifier_keys
from audit.transparency.checkpoints import Checkpoint, open_checkpoint, parse_checkpoint
from audit.transparency.keys import NoteError
from audit.transparency.notes import parse_note


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint with a valid signature."""

    size: int
    root: bytes


def signed_checkpoints(organization_id: UUID) -> tuple[dict[int, Signed], list[Fault]]:
    """The checkpoints that currently bind the log, by size, and the faults found in them."""
    problems: list[Fault] = []
    # Read the file first: checkpoints sealed meanwhile are written to the table before the file.
    file = _of_file(organization_id, recoveries(organization_id), problems)
    table = dict(_of_table(organization_id, problems))
    for size, found in file.items():
        if size not in table:
            problems.append(Fault(None, f"the checkpoint at {size} is in the file, but not in the database"))
        elif table[size] != found:
            problems.append(Fault(None, f"the checkpoint at {size} in the file is that of another history"))
    newest = max(file, default=0)
    missing = [size for size in table if size < newest and size not in file]
    problems += [Fault(None, f"the checkpoint at {size} is missing in the file") for size in missing]
    return {**table, **file}, problems


def _of_table(organization_id: UUID, problems: list[Fault]) -> Iterator[tuple[int, Signed]]:
    for chunk in chunks(AuditCheckpoint.objects.filter(organization_id=organization_id), "size"):
        for row in chunk:
            found = read_checkpoint(row.note, organization_id)
            if found is None or found.size != row.size:
                problems.append(Fault(None, f"the checkpoint at {row.size} in the database was changed"))
            else:
                yield row.size, Signed(found.size, found.root)


def _of_file(organization_id: UUID, recorded: Sequence[Recovery], problems: list[Fault]) -> dict[int, Signed]:
    """Read the file in order: sizes grow, except after the end of a history whose loss is recorded.

    A lost history may contain a recovery itself, so its order does not matter.
    """
    found: dict[int, Signed] = {}
    disordered: dict[int, Fault] = {}
    for checkpoint in _valid(read_notes(organization_id), organization_id, problems):
        size, last = checkpoint.size, max(found, default=0)
        if size <= last:
            disordered[size] = Fault(None, f"the checkpoint at {size} follows the one at {last} in the file")
        else:
            found[size] = Signed(size, checkpoint.root)
        if recovery := recovery_of(checkpoint, recorded):
            found = {size: signed for size, signed in found.items() if size <= recovery.loss.kept}
            disordered = {size: fault for size, fault in disordered.items() if size <= recovery.loss.kept}
    problems += disordered.values()
    return found


def _valid(notes: Iterable[str], organization_id: UUID, problems: list[Fault]) -> Iterator[Checkpoint]:
    for number, note in enumerate(notes, 1):
        found = read_checkpoint(note, organization_id)
        if found is None:
            problems.append(Fault(None, f"checkpoint number {number} in the file was changed"))
        else:
            yield found


def read_checkpoint(note: str, organization_id: UUID) -> Checkpoint | None:
    """The checkpoint; None unless this installation signed it for this organization."""
    try:
        origin = parse_checkpoint(parse_note(note).text).origin
        checkpoint = open_checkpoint(note, verifier_keys(origin))
    except NoteError:
        return None
    return checkpoint if belongs_to(origin, organization_id) else None
