"""Response times of the portal's pages in organizations of different sizes: `python -m bench portal`."""
