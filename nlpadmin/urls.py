"""Addresses: the console stands at the root, the API under /api/, what Prometheus reads at /metrics."""

from django.contrib import admin
from django.urls import include, path

from analyses.api.prometheus import prometheus

urlpatterns = [
    path("api/", include("analyses.api.urls")),
    path("metrics", prometheus, name="metrics"),
    path("", admin.site.urls),
]

handler500 = "nlpadmin.unavailable.handle_exception"
