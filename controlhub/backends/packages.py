"""The style sheets and scripts that pages load as one file, in this order (docs/decisions/0064)."""

STYLE_SHEETS = {
    "portal": {
        "source_filenames": [
            "css/tokens.css",
            "css/base.css",
            "css/layout.css",
            "css/components/*.css",
            "css/pages/*.css",
        ],
        "output_filename": "portal.css",
    },
}
SCRIPTS = {
    "portal": {
        "source_filenames": ["django_htmx/htmx-2.min.js", "js/live.js", "js/*.js"],
        "output_filename": "portal.js",
    },
    "passkeys": {
        "source_filenames": ["mfa/js/webauthn-json.js", "mfa/js/webauthn.js", "account/js/onload.js"],
        "output_filename": "passkeys.js",
    },
}
