"""Keys, sealed secrets, token secrets, limits, and requests to URLs that others enter. Uses no table."""
