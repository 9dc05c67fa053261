"""The forms for adding, changing and replaying a stream of audit events."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.vocabulary import Category
from controlhub.actions.streams import StreamSettings
from controlhub.models import StreamKind
from controlhub.portal.forms.fields import NO_AUTOCOMPLETE, PlainTextField, text_box

MomentInput = partial(forms.DateTimeInput, attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def categories_field() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("Categories"),
        required=False,
        choices=[(category.value, category.label) for category in Category],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none to send the events of all categories."),
    )


class StreamForm(forms.Form):
    name = PlainTextField(label=_("Name"), max_length=40, widget=text_box())
    kind = forms.ChoiceField(label=_("Receiver"), choices=StreamKind.choices)
    url = PlainTextField(
        label=_("URL"),
        max_length=2_000,
        widget=text_box(),
        help_text=_(
            "https:// on port 443. Elastic: ends with /index/_bulk. Syslog: tls://host:6514. "
            "File: file:name. OUTBOUND_ALLOW can allow other addresses."
        ),
    )
    client_secret = PlainTextField(
        label=_("Secret"),
        required=False,
        max_length=191,
        help_text=_(
            "Splunk: the token. Elastic: an API key. OCSF: a bearer token, if the receiver requires one. "
            "Webhook: whsec_…, or leave it empty to create one."
        ),
        widget=forms.PasswordInput(attrs=NO_AUTOCOMPLETE),
    )
    categories = categories_field()
    sends_old_events = forms.BooleanField(
        label=_("Send existing events, too"),
        required=False,
        help_text=_("Otherwise the stream begins with the next event."),
    )

    @property
    def settings(self) -> StreamSettings:
        values = self.cleaned_data
        return StreamSettings(
            values["name"],
            StreamKind(values["kind"]),
            values["url"],
            values["client_secret"],
            tuple(values["categories"]),
            values["sends_old_events"],
        )


class StreamChangeForm(forms.Form):
    name = PlainTextField(label=_("Name"), max_length=40, widget=text_box())
    client_secret = PlainTextField(
        label=_("New secret"),
        required=False,
        max_length=191,
        help_text=_("Leave it empty to keep the current secret. Webhook: whsec_…"),
        widget=forms.PasswordInput(attrs=NO_AUTOCOMPLETE),
    )
    categories = categories_field()

    def __init__(self, *args: Any, has_secret: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_secret:
            del self.fields["client_secret"]


class ReplayForm(forms.Form):
    since = forms.DateTimeField(label=_("From"), widget=MomentInput())
    until = forms.DateTimeField(
        label=_("To"),
        required=False,
        widget=MomentInput(),
        help_text=_("Leave it empty to send everything since then."),
    )

    def clean_since(self) -> datetime:
        since: datetime = self.cleaned_data["since"]
        if since.year < EARLIEST.year:
            raise forms.ValidationError(_("Enter a date after 1 January 2000."))
        return since

    def clean(self) -> None:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until <= since:
            self.add_error("until", _("The end must be after the beginning."))

    @property
    def period(self) -> tuple[datetime, datetime | None]:
        return self.cleaned_data["since"], self.cleaned_data["until"]


class ReplayConfirmationForm(forms.Form):
    """Whether the page that counts the events has been seen. Not a field of `ReplayForm`, which is shown again."""

    is_confirmed = forms.BooleanField()
