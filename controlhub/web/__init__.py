"""The web server, which reads whole requests before they use a thread (docs/decisions/0042)."""
