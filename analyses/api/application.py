"""The API itself: its routers, its failures, its documentation."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError

from analyses.api import analyses, batches, bulk, engines, exports, failures, operations
from analyses.api.bearer import READS
from analyses.api.documentation import ConsoleSwagger
from analyses.api.reading import StrictParser
from analyses.exceptions import DatabaseError
from analyses.views import shell

DESCRIPTION = """
Post texts, read results, steer batches. Send a token that you made on the console's page “API tokens”:
`Authorization: Bearer nlp_…`. Every failure has one shape: `error`, `detail`, `timestamp`, `request_id` (your own
`X-Request-ID`, if you sent one), and for 422 `errors`, each a field with its reason.
"""


def insiders_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Show the documentation to people of the console and to holders of a token that reads."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if shell.may_enter(request.user):
            return view(request, *args, **kwargs)
        if "Authorization" not in request.headers and request.accepts("text/html"):
            return redirect_to_login(request.path, reverse("admin:login"))
        try:
            if READS(request) is None:
                raise AuthenticationError
        except (HttpError, DatabaseError) as error:
            return api.on_exception(request, error)
        return view(request, *args, **kwargs)

    return guarded


api = NinjaAPI(
    title=f"{settings.SITE_NAME} API",
    version="1.0.0",
    description=DESCRIPTION,
    urls_namespace="api",
    parser=StrictParser(),
    docs=ConsoleSwagger(),
    docs_decorator=insiders_only,
)
failures.install(api)
# Before the one whose addresses end in an id.
api.add_router("/analyses", bulk.router)
api.add_router("/analyses", analyses.router)
api.add_router("/batches", batches.router)
api.add_router("/exports", exports.router)
api.add_router("/engines", engines.router)
api.add_router("", operations.router)
