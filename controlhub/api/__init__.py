"""Endpoints that are neither pages nor SCIM."""
