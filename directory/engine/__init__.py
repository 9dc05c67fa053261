"""Provisioning cycles: what is read, sent and noted. What is decided is in `directory.provisioning`."""
