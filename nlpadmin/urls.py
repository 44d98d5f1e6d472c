"""Addresses: the console stands at the root, the API under /api/."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("api/", include("analyses.api.urls")),
    path("", admin.site.urls),
]

handler500 = "nlpadmin.unavailable.handle_exception"
