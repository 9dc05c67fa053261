"""Errors for which the launcher refuses to start or gives up: one sentence that says what to do."""


class StartError(Exception):
    """The start is refused. Printed without a traceback; the exit code is 1."""


class ServiceError(Exception):
    """A service keeps failing. Printed without a traceback; the exit code is 1."""
