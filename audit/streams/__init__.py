"""Streams: send an organization's sealed log to other systems, in order and at least once (decision 0084)."""
