"""The web server: reads whole requests before they take a thread (docs/decisions/0042)."""
