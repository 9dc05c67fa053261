"""Reads the users of an application before an initial cycle: if there are few, most people are not looked up singly."""

from collections.abc import Sequence

from directory.engine.client import TargetClient
from directory.engine.errors import RequestFailedError
from directory.engine.exchange import Known
from directory.provisioning.mapping import AttributeMapping
from directory.provisioning.plan import Found, Kind
from directory.provisioning.target_paths import TargetPath
from directory.provisioning.values import text_of

FEW = 100


def survey(client: TargetClient, mappings: Sequence[AttributeMapping]) -> Known:
    """The values of matching attributes of all users, in lower case; attributes that are not certain are left out.

    Raises RequestFailedError if the application cannot be asked at all.
    """
    paths = [mapping.path for mapping in mappings if mapping.matching is not None]
    total = client.count(Kind.PERSON)
    if total == 0:
        return {str(path): [] for path in paths}
    if not 0 < total <= FEW:
        return {}
    try:
        total, found = client.page(Kind.PERSON, 1, FEW)
        if total != len(found):
            return {}
        return {str(path): values for path in paths if (values := _values(client, path, found)) is not None}
    except RequestFailedError:
        return {}


def _values(client: TargetClient, path: TargetPath, found: Sequence[Found]) -> list[str] | None:
    """The values of an attribute; None if users may have values that their documents do not show."""
    values = [text for each in found if (text := text_of(path.read(each.document)))]
    if len(values) < len(found) and client.count(Kind.PERSON, f"{path} pr") != len(values):
        return None
    return [value.lower() for value in values]
