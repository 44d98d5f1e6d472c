"""The people page: who may use the console, for operators."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from analyses.choices import Role
from analyses.exceptions import ValidationError
from analyses.queries import people
from analyses.services import people as services
from analyses.views.pages import render_page, requires

SEARCH_LENGTH_MAX = 150
ROLE_HELP = gettext_lazy(
    "Analysts look and export. Editors also import, correct and steer batches. "
    "Operators also look after people and the site."
)


class SearchForm(forms.Form):
    """Words of a name."""

    q = forms.CharField(max_length=SEARCH_LENGTH_MAX, required=False, label=gettext_lazy("Name"))


class EditForm(forms.Form):
    """Name, role, and whether somebody may log in."""

    full_name = forms.CharField(max_length=150, required=False, label=gettext_lazy("Full name"))
    role = forms.ChoiceField(choices=Role.choices, label=gettext_lazy("Role"), help_text=ROLE_HELP)
    is_active = forms.BooleanField(
        required=False,
        label=gettext_lazy("May log in"),
        help_text=gettext_lazy("Without this the person is logged out at once and cannot come back."),
    )


class CreateForm(forms.Form):
    """A new person."""

    username = forms.CharField(
        max_length=150,
        label=gettext_lazy("User name"),
        help_text=gettext_lazy("Letters, digits and @ . + - _ ; what the person types to log in."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    full_name = forms.CharField(max_length=150, required=False, label=gettext_lazy("Full name"))
    role = forms.ChoiceField(
        choices=Role.choices, initial=Role.ANALYST, label=gettext_lazy("Role"), help_text=ROLE_HELP
    )


@requires("auth.view_user")
def people_list(request: HttpRequest) -> HttpResponse:
    """List the people."""
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    found = people.people(words) if form.is_valid() else []
    context = {
        "title": _("People"),
        "people": found,
        "form": form,
        "words": words,
        "limit": people.PEOPLE_MAX,
    }
    return render_page(request, "analyses/people/list.html", context, status=200 if form.is_valid() else 400)


@requires("auth.add_user")
def create_person(request: HttpRequest) -> HttpResponse:
    """Create a person and show the password in this one answer."""
    form = CreateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person, password = services.create(**form.cleaned_data, user=_asker(request))
        except ValidationError as error:
            form.add_error(error.field if error.field in form.fields else None, error.reason)
        else:
            return _password_page(request, person, password)
    context = {"title": _("Add a person"), "form": form}
    return render_page(request, "analyses/people/new.html", context, status=_status(form))


@requires("auth.change_user")
def edit_person(request: HttpRequest, user_id: int) -> HttpResponse:
    """Change a person's name, role and access."""
    person = people.get(user_id)
    described = people.person(person)
    form = EditForm(request.POST or None, initial=_initial(described))
    if request.method == "POST" and form.is_valid():
        try:
            services.update(user_id, **form.cleaned_data, user=_asker(request))
        except ValidationError as error:
            form.add_error(error.field if error.field in form.fields else None, error.reason)
        else:
            messages.success(request, _("%(name)s was saved.") % {"name": person.username})
            return redirect("admin:people")
    context = {
        "title": person.username,
        "person": described,
        "form": form,
        "events": people.events(person),
        "may_change": _asker(request).is_superuser or not person.is_superuser,
    }
    return render_page(request, "analyses/people/edit.html", context, status=_status(form))


@require_POST
@requires("auth.change_user")
def reset_password(request: HttpRequest, user_id: int) -> HttpResponse:
    """Give a person a new random password and show it in this one answer."""
    people.get(user_id)
    return _password_page(request, *services.reset_password(user_id, user=_asker(request)))


def _password_page(request: HttpRequest, person: User, password: str) -> HttpResponse:
    if person.pk == request.user.pk:
        # One's own session ends with the old password; the page still has to be drawn for its owner.
        request.user = person
    context = {"title": _("Password of %(name)s") % {"name": person.username}, "person": person}
    response = render_page(request, "analyses/people/password.html", {**context, "password": password})
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _initial(described: people.Person) -> dict[str, Any]:
    return {
        "full_name": described.full_name,
        "role": described.role,
        "is_active": described.is_active,
    }


def _asker(request: HttpRequest) -> User:
    return cast("User", request.user)


def _status(form: forms.Form) -> int:
    return 422 if form.is_bound and form.errors else 200
