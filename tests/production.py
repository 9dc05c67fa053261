"""Settings of web servers on the test database: as in production, except for password hashing and delayed writes."""

from controlhub.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # same as in the process that creates the accounts
REQUEST_LOG_THREAD = False  # it would write a second after a test, during the next one
