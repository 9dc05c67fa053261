"""How the attributes of people are named on pages, in groups. Sources: Entra's page of a user, Microsoft Graph."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Names = Mapping[str, str | Promise]
IDENTITY: Names = {
    "userPrincipalName": _("User principal name"),
    "displayName": _("Display name"),
    "givenName": _("First name"),
    "surname": _("Last name"),
    "mail": _("Email"),
    "mailNickname": _("Mail nickname"),
    "preferredLanguage": _("Preferred language"),
    "usageLocation": _("Usage location"),
}
JOB: Names = {
    "jobTitle": _("Job title"),
    "department": _("Department"),
    "companyName": _("Company name"),
    "division": _("Division"),
    "costCenter": _("Cost center"),
    "employeeId": _("Employee ID"),
    "employeeType": _("Employee type"),
    "employeeHireDate": _("Hire date"),
    "employeeLeaveDateTime": _("Leave date"),
}
CONTACT: Names = {
    "telephoneNumber": _("Business phone"),
    "mobile": _("Mobile phone"),
    "facsimileTelephoneNumber": _("Fax number"),
    "physicalDeliveryOfficeName": _("Office location"),
    "streetAddress": _("Street address"),
    "city": _("City"),
    "state": _("State or province"),
    "postalCode": _("ZIP or postal code"),
    "country": _("Country or region"),
}
LISTS: Names = {"otherMails": _("Other email addresses"), "proxyAddresses": _("Proxy addresses")}
ALL: Names = {**IDENTITY, **JOB, **CONTACT, **LISTS}
