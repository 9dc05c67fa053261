"""The clock of authenticator apps and of the code check. It is frozen so that no code expires during a test.

With the real clock, a code computed just before the end of its half minute could be refused when checked after it.
"""

import time

from allauth.mfa.totp.internal import auth

_COUNTER = {"now": int(time.time()) // 30}


def code_of(key):
    """The code that an authenticator app with this key shows."""
    return auth.format_hotp_value(auth.hotp_value(key, _COUNTER["now"]))


def pass_half_a_minute():
    """Move on to the next code, which has not been used yet."""
    _COUNTER["now"] += 1


def stop():
    """Make the server check codes with this clock from now on."""
    auth.yield_hotp_counters_from_time = lambda: iter([_COUNTER["now"]])
