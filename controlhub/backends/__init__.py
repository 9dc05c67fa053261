"""The backends of Django that the settings name: mail as files, static files and their packages."""
