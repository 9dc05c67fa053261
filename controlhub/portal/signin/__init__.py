"""Signing in: the integration with allauth (docs/decisions/0019)."""
