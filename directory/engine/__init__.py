"""Provisioning cycles: reading, sending and recording. Decisions are made in `directory.provisioning`."""
