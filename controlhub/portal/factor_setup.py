"""The pages open to an administrator who has not yet set up the second factor that the organization requires."""

FACTOR_SETUP = "factor-setup"

FACTOR_SETUP_PAGES = {
    FACTOR_SETUP: "says what to do",
    "mfa_activate_totp": "sets up an authenticator app",
    "mfa_add_webauthn": "adds a passkey",
    "account_reauthenticate": "confirms the identity before both",
    "mfa_reauthenticate": "confirms the identity before both",
    "mfa_reauthenticate_webauthn": "confirms the identity before both",
    "openid_connect_again": "confirms the identity before both, without a password",
}
"""By URL name, with the reason. The pages that need no session, such as sign-out, open anyway."""
