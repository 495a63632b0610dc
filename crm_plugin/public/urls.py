"""Routes for recipients and visitors; none of them changes anything on GET."""

from django.urls import path

from .ask_preferences import ask_preferences
from .booking import booking, booking_calendar
from .click import click
from .confirm import confirm
from .forget import forget
from .members import ask, enter
from .preferences import preferences
from .site_visits import site_visits
from .unsubscribe import unsubscribe
from .waiting import waiting_place
from .webview import web_view

urlpatterns: list = [
    path("confirm/<str:token>", confirm, name="confirm"),
    path("preferences/", ask_preferences, name="ask_preferences"),
    path("preferences/<str:token>", preferences, name="preferences"),
    path("u/<str:token>", unsubscribe, name="unsubscribe"),
    path("c/<str:token>/<int:position>", click, name="click"),
    path("v/<str:token>", web_view, name="view"),
    path("booking/<str:token>", booking, name="booking"),
    path("booking/<str:token>/ics", booking_calendar, name="booking_calendar"),
    path("waiting/<str:token>", waiting_place, name="waiting"),
    path("not-you", forget, name="forget"),
    path("members/<int:page_id>/link", ask, name="members_link"),
    path("members/enter/<str:token>", enter, name="members_enter"),
    path("site-visits", site_visits, name="site_visits"),
]
