"""Streams to files: each event at least once and in order, in complete lines, even if a process or a disk fails."""

import os
import random
from datetime import date
from uuid import UUID, uuid4

import orjson
import pytest
from django.urls import reverse

from audit.models import AuditLeaf
from audit.seal import seal_events
from audit.streams import delivery, files
from audit.streams.answers import NotDeliveredError
from controlhub.actions.streams import StreamSettings, add_stream
from controlhub.env import folder as read_folder
from controlhub.errors import InvalidSettingError
from controlhub.models import Stream, StreamKind, StreamState
from controlhub.models.streams import NO_FILE
from tests import factories
from tests.audit.ocsf import schemas_of_classes
from tests.factories import COMMAND

DAY = date(2026, 11, 27)
OWNER = UUID("0190a000-0000-7000-8000-00000000000a")


@pytest.fixture
def folder(settings, tmp_path):
    settings.AUDIT_STREAM_DIR = tmp_path
    return tmp_path


def stream_to_file(organization, url="file:siem", kind=StreamKind.OCSF_FILE):
    return add_stream(organization, StreamSettings("SIEM", kind, url, sends_old_events=True), actor=COMMAND)


def append(lines, *, url="file:siem", day=DAY):
    return files.append_events(url, OWNER, lines, day=day)


def written(folder, organization_id=OWNER):
    """The lines of all files, in order of file names. Each line must be complete."""
    found = sorted((folder / str(organization_id)).glob("*.jsonl"), key=lambda path: (len(path.name), path.name))
    text = b"".join(path.read_bytes() for path in found)
    assert not text or text.endswith(b"\n")
    return text.splitlines()


@pytest.mark.django_db
def test_file_has_every_sealed_event_as_valid_ocsf(organization, folder):
    schemas = schemas_of_classes()
    stream = stream_to_file(organization)
    factories.make_user(organization, displayName='"\\\n\u2028\u0085{}')
    seal_events()
    sent = delivery.deliver_events()
    events = [orjson.loads(line) for line in written(folder, organization.pk)]
    leaves = AuditLeaf.objects.filter(organization_id=organization.pk).order_by("position")
    assert [event["metadata"]["uid"] for event in events] == [str(pk) for pk in leaves.values_list("pk", flat=True)]
    assert len(events) == sent > 0
    assert [list(schemas[event["class_uid"]].iter_errors(event)) for event in events] == [[]] * sent
    stream.refresh_from_db()
    assert (stream.state, stream.position) == (StreamState.RUNNING, sent)
    assert delivery.deliver_events() == 0, "nothing is written twice without a failure"


@pytest.mark.parametrize("kept", [b"", b"one\n"])
@pytest.mark.parametrize("part", [b"", b"x", b"x" * 200_000])
def test_incomplete_line_is_replaced(folder, kept, part):
    """A process stopped in the middle of a write. Readers accept only lines with a line end."""
    name = append(b"nothing\n")
    path = folder / str(OWNER) / name
    path.write_bytes(kept + part)
    assert append(b"two\n") == name
    assert written(folder) == [*kept.splitlines(), b"two"]


@pytest.mark.parametrize("moves", ["day", "full"])
def test_incomplete_line_is_removed_when_the_next_file_begins(folder, settings, moves):
    """The crash was just before midnight, or the incomplete line has filled the file."""
    name = append(b"one\n", url="file:siem")
    append(b"of another stream\n", url="file:siem-b")
    path = folder / str(OWNER) / name
    path.write_bytes(b"one\npart of the seco")
    if moves == "full":
        settings.AUDIT_STREAM_FILE_BYTES = 10
    following = append(b"second\n", day=date(2026, 11, 28) if moves == "day" else DAY)
    assert following != name
    assert path.read_bytes() == b"one\n"
    assert (folder / str(OWNER) / following).read_bytes() == b"second\n"


def is_appended(batch):
    try:
        append(batch)
    except NotDeliveredError:
        return False
    return True


@pytest.mark.parametrize("seed", range(20))
def test_no_line_is_lost_despite_disk_failures(folder, monkeypatch, seed):
    """Each write stores only some of the bytes, and may then fail, as on a full disk."""
    chance, write, expected = random.Random(seed), os.write, []

    def fail_sometimes(descriptor, data):
        if chance.random() < 0.3:
            raise OSError(28, "No space left on device")
        return write(descriptor, data[: chance.randint(1, len(data))])

    monkeypatch.setattr(os, "write", fail_sometimes)
    for number in range(30):
        batch = b"".join(b'{"n": %d}\n' % (number * 5 + index) for index in range(5))
        expected += batch.splitlines()
        while not is_appended(batch):
            pass
    found = written(folder)
    assert list(dict.fromkeys(found)) == expected, "in order, some of them twice"


def test_full_files_and_new_days_start_new_files(folder, settings):
    settings.AUDIT_STREAM_FILE_BYTES = 10
    names = [append(b"12345678\n", day=day) for day in (DAY, DAY, DAY, date(2026, 11, 28), date(2026, 11, 28))]
    assert names == [
        "siem-2026-11-27.jsonl",
        "siem-2026-11-27.jsonl",
        "siem-2026-11-27.1.jsonl",
        "siem-2026-11-28.jsonl",
        "siem-2026-11-28.jsonl",
    ]
    other = append(b"x\n", url="file:siem-2026-11-27")
    assert other == "siem-2026-11-27-2026-11-27.jsonl"
    assert append(b"x\n") == "siem-2026-11-27.1.jsonl", "another stream's files are not counted"


def test_tenth_file_follows_the_ninth(folder, settings):
    settings.AUDIT_STREAM_FILE_BYTES = 1
    names = [append(b"x\n") for _ in range(12)]
    assert names[-2:] == ["siem-2026-11-27.10.jsonl", "siem-2026-11-27.11.jsonl"]


def test_links_are_not_followed(folder, tmp_path):
    """A user who can write to one organization's folder must not be able to redirect the stream to another file."""
    target = tmp_path / "target"
    target.write_text("kept")
    (folder / str(OWNER)).mkdir()
    (folder / str(OWNER) / "siem-2026-11-27.jsonl").symlink_to(target)
    with pytest.raises(NotDeliveredError, match=NO_FILE):
        append(b"x\n")
    assert target.read_text() == "kept"


@pytest.mark.parametrize(
    "url", ["file:", "file:../x", "file:/etc/x", "file:///etc/x", "file:A", "file:a/b", "file:.", "x"]
)
@pytest.mark.django_db
def test_file_name_cannot_leave_the_folder(organization, folder, url):
    with pytest.raises(InvalidSettingError) as refused:
        stream_to_file(organization, url)
    assert refused.value.field == "url"
    assert not Stream.objects.exists()


@pytest.mark.parametrize("kind", [kind for kind in StreamKind if kind != StreamKind.OCSF_FILE])
@pytest.mark.django_db
def test_other_receivers_do_not_use_files(organization, folder, kind):
    with pytest.raises(InvalidSettingError):
        add_stream(organization, StreamSettings("SIEM", kind, "file:siem", "token"), actor=COMMAND)


@pytest.mark.django_db
def test_files_need_a_folder_and_a_unique_name(organization, settings, tmp_path):
    settings.AUDIT_STREAM_DIR = None
    with pytest.raises(InvalidSettingError, match="AUDIT_STREAM_DIR"):
        stream_to_file(organization)
    settings.AUDIT_STREAM_DIR = tmp_path
    stream_to_file(organization)
    with pytest.raises(InvalidSettingError, match="Another stream"):
        stream_to_file(organization)
    stream_to_file(factories.make_organization("Other"))


@pytest.mark.django_db
def test_page_shows_a_missing_folder_and_the_next_attempt(portal, organization, settings, tmp_path, at):
    settings.AUDIT_STREAM_DIR = tmp_path / "mount"
    stream = stream_to_file(organization)
    seal_events()
    assert delivery.deliver_events() == 0
    page = portal.get(reverse("stream-detail", args=[stream.pk])).content.decode()
    assert "The file cannot be written." in page
    (tmp_path / "mount").mkdir()
    at(hours=1)
    assert delivery.deliver_events() > 0
    page = portal.get(reverse("stream-detail", args=[stream.pk])).content.decode()
    assert "siem-" in page
    assert f"{organization.pk}/siem-" not in page


def test_only_groups_of_the_folder_can_read_files(folder):
    os.umask(os.umask(0o022))
    path = folder / str(uuid4())
    files.append_events("file:siem", UUID(path.name), b"x\n", day=DAY)
    assert path.stat().st_mode & 0o007 == 0
    assert (path / "siem-2026-11-27.jsonl").stat().st_mode & 0o137 == 0


def test_folder_must_be_an_absolute_path(monkeypatch):
    monkeypatch.setenv("AUDIT_STREAM_DIR", "streams")
    with pytest.raises(Exception, match="must be an absolute path"):
        read_folder("AUDIT_STREAM_DIR")
    monkeypatch.setenv("AUDIT_STREAM_DIR", "")
    assert read_folder("AUDIT_STREAM_DIR") is None
