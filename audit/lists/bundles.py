"""A signed bundle of a filter's events as a zip file, written in portions so that memory use is constant.

It contains events with their inclusion proofs, the checkpoint that they lead to, a manifest, the keys and the verifier.
"""

import zipfile
from collections.abc import Iterator
from typing import Any, cast

from audit.lists.exports import Tally, portions
from audit.lists.questions import Questions
from audit.selections import PORTION, Selection, write_selection
from audit.signing import origin_of
from audit.transparency.checkpoints import Checkpoint, parse_checkpoint
from audit.transparency.notes import parse_note
from audit.transparency.trees import EMPTY_ROOT
from audit.tree import newest_note
from controlhub.models import Organization
from controlhub.user_files.outgoing import Outgoing


def bundle_chunks(organization: Organization, questions: Questions, query: str, tally: Tally) -> Iterator[bytes]:
    """The zip file, in chunks. Events that are newer than the newest checkpoint are only counted."""
    note = newest_note(organization.pk)
    tree = parse_checkpoint(parse_note(note).text) if note else Checkpoint(origin_of(organization.pk), 0, EMPTY_ROOT)
    selection = Selection(organization, tree)
    file = Outgoing()
    with zipfile.ZipFile(cast("Any", file), "w", zipfile.ZIP_DEFLATED) as bundle:
        for _ in write_selection(bundle, selection, portions(questions, tally, size=PORTION), note or "", query):
            yield file.take()
    yield file.take()
