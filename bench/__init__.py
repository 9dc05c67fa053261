"""`make bench`: CPU seconds of server and database per 1,000 SCIM requests (docs/performance.md)."""
