"""Mail as files, for installations without a mail server. They have links that set passwords, so they are private."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.filebased import EmailBackend as FileBackend

FOLDER_MODE, FILE_MODE = 0o700, 0o600


class EmailBackend(FileBackend):
    """Django's backend, with a folder and files that no other system user can read, whatever the umask."""

    def __init__(self, *args: Any, file_path: str | None = None, **kwargs: Any) -> None:
        folder: str = file_path or getattr(settings, "EMAIL_FILE_PATH", None) or ""
        Path(folder).mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        super().__init__(*args, file_path=file_path, **kwargs)

    def open(self) -> bool:
        if self.stream is not None:
            return False
        self.stream = open(self._get_filename(), "ab", opener=_private)  # noqa: SIM115 — kept until `close`
        return True


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, FILE_MODE)
