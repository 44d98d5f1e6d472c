"""The page of API tokens: one's own, and everybody's for who looks after people."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from analyses import choices
from analyses.choices import TokenScope
from analyses.exceptions import ValidationError
from analyses.queries import tokens as queries
from analyses.services import tokens as services
from analyses.views.pages import render_page, requires

SCOPE_WORDS = {
    TokenScope.READ: gettext_lazy("analyses, batches, exports"),
    TokenScope.INGEST: gettext_lazy("send texts and results, run batches"),
    TokenScope.REVIEW: gettext_lazy("correct and delete"),
}


class TokenForm(forms.Form):
    """A new token."""

    name = forms.CharField(
        max_length=choices.TOKEN_NAME_LENGTH_MAX,
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("Which program will use it, such as “nightly import”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    days = forms.TypedChoiceField(
        coerce=int, initial=choices.TOKEN_DAYS_DEFAULT, label=gettext_lazy("Valid for")
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may"), widget=forms.CheckboxSelectMultiple, initial=[TokenScope.READ]
    )

    def __init__(self, *args: Any, allowed: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["scopes"]).choices = [
            (str(scope), words) for scope, words in SCOPE_WORDS.items() if scope in allowed
        ]
        cast("forms.ChoiceField", self.fields["days"]).choices = [
            (days, ngettext("%(days)s day", "%(days)s days", days) % {"days": days})
            for days in choices.TOKEN_DAYS
        ]


@requires("analyses.view_textanalysis")
def token_list(request: HttpRequest) -> HttpResponse:
    """List tokens, and make one and show its secret in this one answer."""
    user = cast("User", request.user)
    form = TokenForm(request.POST or None, allowed=services.scopes_of(user))
    if request.method == "POST" and form.is_valid():
        try:
            token, secret = services.create(owner=user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(error.field if error.field in form.fields else None, error.reason)
        else:
            context = {"title": _("Token “%(name)s”") % {"name": token.name}, "token": token}
            return render_page(request, "analyses/tokens/made.html", {**context, "secret": secret})
    context = {
        "title": _("API tokens"),
        "form": form,
        "own": queries.owned_by(user),
        "others": queries.of_others(user) if user.has_perm("auth.change_user") else (),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render_page(request, "analyses/tokens/page.html", context, status=status)


@require_POST
@requires("analyses.view_textanalysis")
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """End a token."""
    services.revoke(token_id, user=cast("User", request.user))
    messages.success(request, _("The token was revoked; it opens nothing any more."))
    return redirect("admin:tokens")
