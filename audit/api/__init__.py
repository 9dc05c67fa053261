"""The log over HTTP: our own endpoint, and those of Webex's admin audit and security audit APIs."""
