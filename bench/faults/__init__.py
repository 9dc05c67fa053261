"""`python -m bench faults`: clients that keep a journal of what was acknowledged, while processes are killed, the disk
fills up, and Redis and mail server hang. Afterwards, nothing that the journal has may be missing.
"""
