"""Why a start is refused: one sentence that says what to do."""


class StartError(Exception):
    """Printed without a traceback; the exit code is 1."""
