"""Streams: the sealed log of an organization is sent to other systems, in order and at least once (decision 0084)."""
