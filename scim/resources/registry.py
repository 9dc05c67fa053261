"""The resource types that are served."""

from scim.resources.base import ResourceHandler
from scim.resources.groups import GroupHandler
from scim.resources.users import UserHandler

HANDLERS: tuple[ResourceHandler, ...] = (UserHandler(), GroupHandler())
BY_ENDPOINT = {handler.endpoint.lstrip("/"): handler for handler in HANDLERS}
