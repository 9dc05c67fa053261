"""How long the portal's pages take in organizations of different sizes: `python -m bench portal`."""
