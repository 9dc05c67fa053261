"""The text that `make demo` prints at the end."""

from uuid import UUID

from directory.engine.demo_clock import DOMAIN

TOUR = """
A tour of two minutes. Sign in at {portal} as {address}.

  1  {portal}/users/
     200 users have arrived over SCIM. Each one says which connection sent it.
  2  {portal}/directory/users/?q=keiko.tanaka
     Select Keiko Tanaka and choose Delete user. In the directory she moves to Deleted users.
  3  {portal}/users/?q=keiko
     Within a minute she is Inactive and renamed to 32 hex digits and her address. Her tokens and sessions have ended.
  4  {portal}/directory/users/deleted/
     Restore her, and reload the list of users: she is Active and has her name again. Delete her once more.
  5  {portal}/directory/users/deleted/forward/
     Let 30 days pass in the directory: it deletes her permanently, and Control Hub does so, too.
     `make demo FORWARD=30` does the same.
  6  {portal}/directory/users/add/
     Add keiko.tanaka@{domain} again. She arrives as a new user, with a new id.
  7  {portal}/audit/
     Each step is an event: what provisioning did has the service Account Provisioning.

Enterprise applications shows the cycles of provisioning: {portal}/directory/applications/{application}/
"""


def tour(*, portal: str, address: str, application: UUID) -> str:
    return TOUR.format(portal=portal, address=address, application=application, domain=DOMAIN)
