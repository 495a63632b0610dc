"""Routes for the script of a visitor form."""

from django.urls import path

from .counted import started

urlpatterns: list = [path("form-started", started, name="form_started")]
