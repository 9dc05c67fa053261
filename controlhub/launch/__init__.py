"""`make run`: runs everything that the portal needs, in the foreground, and stops it as one.

__main__ → places (VAR_DIR, lock) → keys → database (embedded or given) → installation → leftovers (ends processes of a
killed run) → services
"""
