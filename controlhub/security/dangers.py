"""Unsafe settings of a deployment, each with a name by which it can be allowed (docs/decisions/0041)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from controlhub.env import secret
from controlhub.security.keys import KEYS
from controlhub.sql.server import UNSAFE_SETTINGS
from controlhub.sql.statements import fetch_rows

MIN_KEY_LENGTH, MIN_KEY_CHARACTERS = 32, 8
STRONG = "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"


@dataclass(frozen=True)
class Danger:
    """`name` is the value that ALLOW_UNSAFE accepts. `problem` and `remedy` are sentences."""

    name: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.problem} {self.remedy} To allow this, set ALLOW_UNSAFE={self.name}."


ANY_HOST = Danger(
    "any-host",
    "ALLOWED_HOSTS contains *: links in mail can lead to an attacker's server.",
    "List the host names of this service.",
)
WEAK_KEYS = {
    name: Danger(
        f"weak-{name.lower().replace('_', '-')}",
        f"{name} has fewer than {MIN_KEY_LENGTH} characters, or fewer than {MIN_KEY_CHARACTERS} different ones.",
        f"Create one with {STRONG}.",
    )
    for name in KEYS
}
FSYNC = Danger(
    "fsync-off",
    "The database has fsync=off: a crash of its host can destroy it.",
    "Turn it on in postgresql.conf.",
)
FULL_PAGE_WRITES = Danger(
    "full-page-writes-off",
    "The database has full_page_writes=off: a crash of its host can destroy it.",
    "Turn it on in postgresql.conf.",
)
SYNCHRONOUS_COMMIT = Danger(
    "synchronous-commit-off",
    "The database has synchronous_commit=off: a crash can lose acknowledged changes.",
    "Turn it on for the server, the database and the role.",
)
SUPERUSER = Danger(
    "superuser-role",
    "The role in DATABASE_URL is a superuser and can change the audit log.",
    "Use a role without that attribute, and put the owner's URL into DATABASE_OWNER_URL.",
)
OF_DATABASE = (FSYNC, FULL_PAGE_WRITES, SYNCHRONOUS_COMMIT, SUPERUSER)
NAMES = [danger.name for danger in (ANY_HOST, *WEAK_KEYS.values(), *OF_DATABASE)]


def require_known_names() -> None:
    """ImproperlyConfigured if ALLOW_UNSAFE contains an unknown name: a typing error must not look like a decision."""
    if unknown := [name for name in settings.ALLOW_UNSAFE if name not in NAMES]:
        raise ImproperlyConfigured(f"ALLOW_UNSAFE contains {', '.join(unknown)}. The names are {', '.join(NAMES)}.")


def in_settings() -> Iterator[Danger]:
    """Yields the dangers in our own settings."""
    if "*" in settings.ALLOWED_HOSTS:
        yield ANY_HOST
    for name, danger in WEAK_KEYS.items():
        key = secret(name, settings.VAR_DIR / "secrets" / KEYS[name])
        if name == "ENCRYPTION_KEY":
            key = (key.split() or [""])[0]  # only the first of several keys seals; the others only open
        if len(key) < MIN_KEY_LENGTH or len(set(key)) < MIN_KEY_CHARACTERS:
            yield danger


def in_database() -> Iterator[Danger]:
    """Yields the dangers in the server's settings and the role of this connection, with one statement."""
    (answers,) = fetch_rows(UNSAFE_SETTINGS)
    yield from (danger for danger, is_so in zip(OF_DATABASE, answers, strict=True) if is_so)


def is_accepted(danger: Danger) -> bool:
    """Whether an administrator accepts the danger by its name in ALLOW_UNSAFE."""
    return danger.name in settings.ALLOW_UNSAFE
