"""`make run`: everything that the portal needs, in the foreground, stopped as one.

__main__ → places (VAR_DIR, lock) → keys → database (embedded or given) → installation → leftovers (what a killed run
left is ended) → services
"""
