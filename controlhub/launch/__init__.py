"""`make run`: everything that the portal needs, in the foreground, stopped as one (architecture.md §2).

__main__ → places (VAR_DIR, lock, what a killed run left) → keys → database (embedded or given) → installation
→ services
"""
