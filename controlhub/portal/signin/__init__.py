"""Signing in: what allauth asks of us (docs/decisions/0019)."""
