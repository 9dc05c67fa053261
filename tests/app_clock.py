"""The clock of authenticator apps and of the check of their codes: it stands still, so that no code expires in a test.

A code of a real clock is refused if it was computed just before the end of its half minute and checked after it.
"""

import time

from allauth.mfa.totp.internal import auth

_COUNTER = {"now": int(time.time()) // 30}


def code_of(key):
    """What an authenticator app with this key shows."""
    return auth.format_hotp_value(auth.hotp_value(key, _COUNTER["now"]))


def pass_half_a_minute():
    """The next code is another one, which was not used yet."""
    _COUNTER["now"] += 1


def stop():
    """From now on, the server checks codes by this clock."""
    auth.yield_hotp_counters_from_time = lambda: iter([_COUNTER["now"]])
