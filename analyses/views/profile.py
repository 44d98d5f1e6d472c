"""One's own profile: time zone, colours, password."""

from __future__ import annotations

from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analyses.choices import Theme
from analyses.exceptions import ValidationError
from analyses.models import Profile
from analyses.services import profiles
from analyses.views.pages import render_page

ZONE_LENGTH_MAX = 64


class ReadingForm(forms.Form):
    """How a person reads the console."""

    zone = forms.CharField(
        max_length=ZONE_LENGTH_MAX,
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("All times are shown in it. Type a city to search, such as Berlin."),
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    theme = forms.ChoiceField(choices=Theme.choices, label=gettext_lazy("Colours"), widget=forms.RadioSelect)


def edit_profile(request: HttpRequest) -> HttpResponse:
    """Show the two forms of the page and save the one that was sent; open to every role."""
    user = cast("User", request.user)
    is_password = "new_password1" in request.POST
    sent = request.POST if request.method == "POST" else None
    reading = ReadingForm(None if is_password else sent, initial=_initial(user))
    password: Any = PasswordChangeForm(user, sent if is_password else None)
    password.fields["old_password"].widget.attrs.pop("autofocus", None)
    if sent is not None:
        saved = _save_password(request, password) if is_password else _save_reading(request, reading)
        if saved:
            return redirect("admin:profile")
    context = {
        "title": _("Profile"),
        "reading": reading,
        "password": password,
        "zones": sorted(available_timezones()),
    }
    return render_page(request, "analyses/profile/page.html", context, status=200 if sent is None else 422)


def _initial(user: User) -> dict[str, str]:
    profile = Profile.objects.filter(user=user).first() or Profile(user=user)
    return {"zone": profile.zone, "theme": profile.theme}


def _save_reading(request: HttpRequest, form: ReadingForm) -> bool:
    if not form.is_valid():
        return False
    try:
        profiles.save(cast("User", request.user), **form.cleaned_data)
    except ValidationError as error:
        form.add_error(error.field, error.reason)
        return False
    messages.success(request, _("Your profile was saved."))
    return True


def _save_password(request: HttpRequest, form: Any) -> bool:
    if not form.is_valid():
        return False
    user = cast("User", request.user)
    profiles.change_password(user, form.cleaned_data["new_password1"])
    # This session goes on; every other one of this person ends.
    update_session_auth_hash(request, user)
    messages.success(request, _("Your password was changed. Your other sessions were logged out."))
    return True
