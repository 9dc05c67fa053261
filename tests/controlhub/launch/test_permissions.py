"""Only the user who runs Control Hub can read the files in VAR_DIR."""

import os
import stat
from contextlib import suppress

import pytest
from django.core.mail import EmailMessage, get_connection

from controlhub.launch import __main__, leftovers, places


def modes_open_to_others(folder):
    """Paths in a folder that others may read, write or traverse, with their modes."""
    found = {}
    for path in sorted(folder.rglob("*")):
        with suppress(FileNotFoundError):  # a message of the broker that was just consumed
            mode = stat.S_IMODE(path.lstat().st_mode)
            if not path.is_symlink() and mode & 0o077:
                found[str(path.relative_to(folder))] = oct(mode)
    return found


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_folders_are_private(tmp_path, umask):
    places.prepare(tmp_path / "srv" / "var")
    assert modes_open_to_others(tmp_path / "srv" / "var") == {}
    assert {path.name for path in (tmp_path / "srv" / "var").iterdir()} >= {"secrets", "mail", "broker", "beat", "run"}


def test_permissions_left_open_by_an_earlier_release_are_closed(tmp_path, umask):
    var_dir, elsewhere = tmp_path / "var", tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    (elsewhere / "mine").write_text("")
    (elsewhere / "mine").chmod(0o644)
    for name in (*places.FOLDERS, "static/css"):
        (var_dir / name).mkdir(parents=True)
        (var_dir / name).chmod(0o755)
        (var_dir / name / "file").write_text("reset link")
        (var_dir / name / "file").chmod(0o644)
    (var_dir / "mail" / "link").symlink_to(elsewhere / "mine")
    places.prepare(var_dir)
    assert modes_open_to_others(var_dir) == {}
    assert stat.S_IMODE((elsewhere / "mine").stat().st_mode) == 0o644, "a link is not followed"


def test_var_dir_itself_keeps_its_mode(tmp_path, umask):
    var_dir = tmp_path / "var"
    var_dir.mkdir()
    var_dir.chmod(0o750)
    places.prepare(var_dir)
    assert stat.S_IMODE(var_dir.stat().st_mode) == 0o750


def test_mail_files_are_private(tmp_path, umask):
    from controlhub.settings import EMAIL

    assert EMAIL["EMAIL_BACKEND"] == "controlhub.backends.mail_files.EmailBackend", "unless EMAIL_URL names a server"
    for folder in (tmp_path / "srv" / "mail", tmp_path / "made"):
        backend = get_connection(EMAIL["EMAIL_BACKEND"], file_path=str(folder))
        for _ in range(2):
            EmailMessage("Set a new password", "https://hub/password/new/x/", to=["neo@x"], connection=backend).send()
    assert modes_open_to_others(tmp_path / "srv" / "mail") == modes_open_to_others(tmp_path / "made") == {}
    for folder in (tmp_path / "srv" / "mail", tmp_path / "made"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (file,) = folder.iterdir()
        assert file.read_text().count("password/new") == 2


def test_secrets_are_private(tmp_path, umask):
    places.keep_secret(tmp_path / "secret")
    places.keep_secret(tmp_path / "other", "value")
    assert modes_open_to_others(tmp_path) == {}


def test_files_made_by_a_start_are_private(tmp_path, monkeypatch, umask):
    """From `launch` on, all files that a process makes: here the lock, the list of processes and a file of a child."""
    var_dir = tmp_path / "var"

    class StopError(Exception):
        pass

    def stop(*_):
        leftovers.remember(var_dir / "run" / "processes.json")
        os.system(f"touch {var_dir}/beat/schedule; mkdir {var_dir}/broker/queue/x")
        raise StopError

    monkeypatch.setattr("controlhub.launch.database.running", stop)
    monkeypatch.setattr("controlhub.launch.web.bound", lambda *_: None)
    with pytest.raises(StopError):
        __main__.launch(var_dir, 1)
    assert (var_dir / "run" / "lock").exists()
    assert (var_dir / "broker" / "queue" / "x").exists()
    assert modes_open_to_others(var_dir) == {}


def test_collected_static_files_are_private(tmp_path, umask, settings):
    from django.contrib.staticfiles.storage import StaticFilesStorage
    from django.core.files.base import ContentFile

    from controlhub import settings as product

    settings.FILE_UPLOAD_PERMISSIONS = product.FILE_UPLOAD_PERMISSIONS
    settings.FILE_UPLOAD_DIRECTORY_PERMISSIONS = product.FILE_UPLOAD_DIRECTORY_PERMISSIONS
    StaticFilesStorage(location=tmp_path, base_url="/static/").save("css/deep/base.css", ContentFile(b"a"))
    assert modes_open_to_others(tmp_path) == {}
