"""Django backends that the settings name: mail files, static files and their packages."""
