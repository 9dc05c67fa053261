"""The installation's own secrets."""

# Setting → file in VAR_DIR/secrets from which the settings read it.
KEYS = {
    "SECRET_KEY": "secret_key",
    "SIGNING_KEY": "signing_key",
    "ENCRYPTION_KEY": "encryption_key",
}
