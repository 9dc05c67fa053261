"""Self-tests: the requests of a client, run against the SCIM endpoint and rolled back (docs/decisions/0065)."""

from controlhub.actions.self_tests.running import run_self_test

__all__ = ["run_self_test"]
