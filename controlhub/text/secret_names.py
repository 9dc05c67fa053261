"""Names of attributes whose values are never kept: not in the audit log, not in the request log."""

SECRET_NAMES = frozenset({"password", "token", "secret", "authorization", "digest"})
REDACTED = "[redacted]"
