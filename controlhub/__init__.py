"""Control Hub: the domain and its portal."""
