"""The search over everything: people, groups, audit events, tokens, pages and settings."""
