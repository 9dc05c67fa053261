"""Content codings of request bodies."""

from django.http import HttpRequest


def is_coded(request: HttpRequest) -> bool:
    """Whether the body has a content coding, such as gzip (RFC 9110 §8.4). No coding is supported here."""
    codings = request.META.get("HTTP_CONTENT_ENCODING", "").lower().split(",")
    return not {coding.strip() for coding in codings} <= {"", "identity"}
