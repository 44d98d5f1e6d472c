"""Saved views: the page that lists them, saving and changing one, and what Explore shows of them."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from analyses import choices
from analyses.choices import ViewAudience
from analyses.exceptions import InvalidFilterError, ValidationError
from analyses.models import SavedView
from analyses.queries import counting, filter_fields, filtering
from analyses.queries import saved_views as queries
from analyses.services import saved_views as services
from analyses.templatetags.formatting import number
from analyses.views import links
from analyses.views.pages import read_filter, render_page, requires, zone_of

FORM = "analyses/saved_views/form.html"
may_read = requires("analyses.view_textanalysis")
GROUP_PREFIX = "group-"


class DescriptionForm(forms.Form):
    """A view's name and who sees it; a group is one of the choices."""

    name = forms.CharField(
        max_length=choices.VIEW_NAME_LENGTH_MAX,
        label=gettext_lazy("Name"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    audience = forms.ChoiceField(
        label=gettext_lazy("Who sees it"),
        help_text=gettext_lazy("Each reader sees what their role allows, in their time zone."),
    )

    def __init__(self, *args: Any, user: User, view: SavedView | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = dict(user.groups.order_by("name").values_list("pk", "name"))
        if view is not None and view.group is not None:
            groups.setdefault(view.group.pk, view.group.name)
        cast("forms.ChoiceField", self.fields["audience"]).choices = [
            (ViewAudience.PRIVATE, _("only its owner")),
            *(
                (f"{GROUP_PREFIX}{pk}", _("the group %(name)s") % {"name": name})
                for pk, name in groups.items()
            ),
            (ViewAudience.ALL, _("everybody")),
        ]

    @property
    def described(self) -> dict[str, Any]:
        """Give what the services take."""
        audience = self.cleaned_data["audience"]
        if audience.startswith(GROUP_PREFIX):
            group_id = int(audience.removeprefix(GROUP_PREFIX))
            return {"name": self.cleaned_data["name"], "audience": ViewAudience.GROUP, "group_id": group_id}
        return {"name": self.cleaned_data["name"], "audience": audience, "group_id": None}


class NewViewForm(DescriptionForm):
    """The same, and what its maker does with it."""

    pin = forms.BooleanField(label=gettext_lazy("Pin to your home page"), required=False)
    default = forms.BooleanField(label=gettext_lazy("Begin Explore with it"), required=False)
    fixed_zone = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = timezone.get_current_timezone_name()
        self.fields["fixed_zone"].label = _("Always in the time zone %(zone)s, whoever reads") % {
            "zone": zone
        }


@require_GET
@may_read
def view_list(request: HttpRequest) -> HttpResponse:
    """List the views that the reader sees."""
    user = cast("User", request.user)
    found = list(queries.listed(user))
    rows = [
        {
            "view": view,
            "url": address(view),
            "audience": _audience(view),
            "may_change": queries.may_change(view, user),
            "is_own": view.owner_id == user.pk,
        }
        for view in found[: queries.LISTED_MAX]
    ]
    most = queries.LISTED_MAX if len(found) > queries.LISTED_MAX else None
    context = {"title": _("Saved views"), "rows": rows, "most": most}
    return render_page(request, "analyses/saved_views/page.html", context)


@may_read
def create(request: HttpRequest) -> HttpResponse:
    """Save what the address asks for under a name."""
    user = cast("User", request.user)
    form = NewViewForm(request.POST or None, user=user, initial={"fixed_zone": "zone" in request.GET})
    try:
        filtered = read_filter(request)
    except InvalidFilterError as error:
        return render_page(request, FORM, {"title": _("Save view"), "errors": error.errors}, status=400)
    if request.method == "POST" and form.is_valid():
        try:
            view = services.create(owner=user, query=_to_save(request.GET, form), **form.described)
        except ValidationError as error:
            _add(form, error)
        else:
            _use(request, view, form.cleaned_data)
            messages.success(request, _("“%(name)s” was saved.") % {"name": view.name})
            return redirect(address(view))
    context = {
        "title": _("Save view"),
        "form": form,
        "chips": filtered.conditions,
        "back_url": links.explore(request.GET.urlencode()),
    }
    return render_page(request, FORM, context, status=422 if form.errors else 200)


def _to_save(query: QueryDict, form: NewViewForm) -> QueryDict:
    """Give what is asked, with the zone where days are to mean the same for every reader."""
    asked = query.copy()
    if form.cleaned_data["fixed_zone"]:
        asked["zone"] = timezone.get_current_timezone_name()
    else:
        asked.pop("zone", None)
    return asked


def _use(request: HttpRequest, view: SavedView, wanted: dict[str, Any]) -> None:
    """Pin a new view and begin with it, as far as there is room."""
    user = cast("User", request.user)
    try:
        if wanted["pin"]:
            services.pin(view.pk, user=user)
        if wanted["default"]:
            services.set_default(view.pk, user=user)
    except ValidationError as error:
        messages.warning(request, error.reason)


@may_read
def edit(request: HttpRequest, view_id: int) -> HttpResponse:
    """Change a view's name and who sees it."""
    user = cast("User", request.user)
    view = _view(request, view_id)
    audience = f"{GROUP_PREFIX}{view.group_id}" if view.group_id else view.audience
    form = DescriptionForm(
        request.POST or None, user=user, view=view, initial={"name": view.name, "audience": audience}
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.describe(view_id, user=user, **form.described)
        except ValidationError as error:
            _add(form, error)
        else:
            messages.success(request, _("The view was changed."))
            return redirect("admin:saved_views")
    context = {
        "title": view.name,
        "form": form,
        "view": view,
        "may_change": queries.may_change(view, user),
        "back_url": address(view),
    }
    return render_page(request, FORM, context, status=422 if form.errors else 200)


@require_POST
@may_read
def replace_query(request: HttpRequest, view_id: int) -> HttpResponse:
    """Let a view ask for what the address asks for."""
    try:
        view = services.replace_query(view_id, user=cast("User", request.user), query=request.GET)
    except InvalidFilterError as error:
        return _not_done(request, error.errors[0].reason)
    except ValidationError as error:
        return _not_done(request, error.reason)
    messages.success(request, _("“%(name)s” was saved.") % {"name": view.name})
    return redirect(address(view))


@require_POST
@may_read
def delete(request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete a view."""
    name = services.delete(view_id, user=cast("User", request.user))
    messages.success(
        request, _("The view “%(name)s” was deleted; its texts are as they were.") % {"name": name}
    )
    return redirect("admin:saved_views")


@require_POST
@may_read
def pin(request: HttpRequest, view_id: int) -> HttpResponse:
    """Put a view on the reader's home page, or take it off."""
    user = cast("User", request.user)
    try:
        if request.POST.get("on"):
            services.pin(view_id, user=user)
        else:
            services.unpin(view_id, user=user)
    except ValidationError as error:
        return _not_done(request, error.reason)
    return redirect("admin:saved_views")


@require_POST
@may_read
def default(request: HttpRequest, view_id: int) -> HttpResponse:
    """Begin Explore with a view, or with all texts again."""
    user = cast("User", request.user)
    if request.POST.get("on"):
        services.set_default(view_id, user=user)
    else:
        services.clear_default(user=user)
    return redirect("admin:saved_views")


@require_GET
@may_read
def start(request: HttpRequest) -> HttpResponse:
    """Lead to the view with which Explore begins for the reader, or to all texts."""
    view = queries.find_default(cast("User", request.user))
    return redirect(address(view) if view else "admin:explore")


def address(view: SavedView) -> str:
    """Give the address of a view: what it asks for, and from where it came."""
    return links.explore(view.query, {"view": str(view.pk)})


def beside(request: HttpRequest) -> dict[str, Any]:
    """Give what Explore shows of views: where its menu is, the view the address came from, whether it was edited.

    One query where the address names a view, none otherwise. A view that the reader does not see is not named: the
    address holds the filter itself.
    """
    user = cast("User", request.user)
    number_given = request.GET.get("view", "")
    current = queries.find(user, int(number_given)) if filter_fields.is_id(number_given) else None
    return {
        "current_view": current,
        "current_view_url": address(current) if current else "",
        "is_view_edited": current is not None and queries.is_edited(current, request.GET),
        "may_change_view": current is not None and queries.may_change(current, user),
        "asked": queries.encoded(queries.kept(request.GET)),
    }


@require_GET
@may_read
def menu(request: HttpRequest) -> HttpResponse:
    """Give the menu of views that Explore opens; `current` is the number of the view that is shown."""
    found = queries.menu(cast("User", request.user))
    context = {
        "views": [
            {"view": view, "url": address(view), "is_current": str(view.pk) == request.GET.get("current")}
            for view in found[: queries.MENU_MAX]
        ],
        "most": queries.MENU_MAX if len(found) > queries.MENU_MAX else None,
    }
    return render(request, "analyses/explore/_views_menu.html", context)


def pinned(user: User) -> list[dict[str, Any]]:
    """Give the views on somebody's home page with how many rows each has; a query a view, counted up to 10,000."""
    return [
        {"name": view.name, "url": address(view), "count": _count(view, user)}
        for view in queries.pinned(user)
    ]


def _count(view: SavedView, user: User) -> str:
    """Count a view's rows; nothing where its filter cannot be read any more."""
    try:
        query = QueryDict(view.query)
        filtered = filtering.parse(query, zone=zone_of(query), reader=user)
    except InvalidFilterError:
        return ""
    return number(str(counting.capped(filtered)))


def _view(request: HttpRequest, view_id: int) -> SavedView:
    view = queries.find(cast("User", request.user), view_id)
    if view is None:
        raise Http404(_("There is no such view, or not for you."))
    return view


def _audience(view: SavedView) -> str:
    if view.audience == ViewAudience.GROUP:
        return view.group.name if view.group else _("only its owner: its group is gone")
    return _("everybody") if view.audience == ViewAudience.ALL else _("only its owner")


def _add(form: forms.Form, error: ValidationError) -> None:
    form.add_error(error.field if error.field in form.fields else None, error.reason)


def _not_done(request: HttpRequest, reason: str) -> HttpResponse:
    messages.error(request, reason)
    return redirect("admin:saved_views")
