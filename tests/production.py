"""Settings of web servers on the test's database: those of production, but for passwords and what is written later."""

from controlhub.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # as in the process that makes the accounts
REQUEST_LOG_THREAD = False  # it would write a second after a test, into the next one
