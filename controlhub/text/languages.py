"""Which of Control Hub's languages a person reads."""

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_supported_language_variant, override
from django.utils.translation.trans_real import parse_accept_lang_header


def language_of(*wishes: str) -> str:
    """Returns the first supported language in these preferences, or English.

    A preference has the form of `Accept-Language`: one language tag, or several with weights. SCIM's
    `preferredLanguage` has the same form (RFC 7643 §4.1.1).
    """
    for wish in wishes:
        for tag, _weight in parse_accept_lang_header(wish[:200]):
            try:
                return get_supported_language_variant(tag)
            except LookupError:
                continue
    return settings.LANGUAGE_CODE


def in_english(text: str | Promise) -> str:
    """Returns a lazily translated text in English, as it is recorded whatever the language of the request."""
    with override("en"):
        return str(text)
