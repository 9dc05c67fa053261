"""The checkpoint file contains whole notes, one after the other, even with several concurrent writers."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from audit.checkpoint_files import (
    append_notes,
    last_note,
    lock_file,
    organizations_with_files,
    path_of,
    read_notes,
    written_at,
)
from controlhub.database.clock import machine_now

NOTES = [f"example.com/log\n{size}\nroot\n\n— example.com/log signature\n" for size in range(40)]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def test_notes_can_be_read_back():
    organization = uuid4()
    assert (read_notes(organization), last_note(organization)) == ([], None)
    append_notes(organization, NOTES[:1])
    append_notes(organization, [])
    append_notes(organization, NOTES[1:])
    assert read_notes(organization) == NOTES
    assert last_note(organization) == NOTES[-1]
    assert organizations_with_files() == [organization]
    assert path_of(organization).stat().st_mode & 0o077 == 0


def test_end_of_a_long_file_is_found():
    organization = uuid4()
    append_notes(organization, NOTES * 20)
    assert path_of(organization).stat().st_size > 16_384
    assert last_note(organization) == NOTES[-1]


def test_file_is_not_dated_before_its_notes():
    organization = uuid4()
    for note in NOTES * 100:
        before = machine_now()
        append_notes(organization, [note])
        assert written_at(organization) >= before


def test_concurrent_writers_write_each_note_once():
    organization = uuid4()

    def write(_):
        with lock_file(organization):
            append_notes(organization, NOTES[len(read_notes(organization)) :][:1])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, NOTES))
    assert read_notes(organization) == NOTES
