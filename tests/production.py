"""Settings of the web server that all tests of a process share: those of production, but nothing is written later.

It outlives its tests. The thread that writes the request log would write a second after a test, into the next one.
"""

from controlhub.settings import *  # noqa: F403

REQUEST_LOG_THREAD = False
