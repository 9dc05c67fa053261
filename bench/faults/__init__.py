"""`python -m bench faults`: kill processes, fill the disk, and hang Redis and the mail server while clients write.

The clients keep a journal of acknowledged writes. Afterwards, nothing in the journal may be missing.
"""
