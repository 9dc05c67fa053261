"""Names of attributes whose values are never kept in the audit log or the request log."""

SECRET_NAMES = frozenset({"password", "token", "secret", "authorization", "digest"})
REDACTED = "[redacted]"
