"""Django's PostgreSQL backend for a server behind a connection pooler in transaction mode (docs/decisions/0040)."""
