"""Inquiries: the list, and the doors to each."""

from django.urls import path
from wagtail.admin.viewsets.base import ViewSet

from .inquiries_answer import AnswerView


class InquiryViewSet(ViewSet):
    name = "crm_inquiry"
    url_prefix = "crm/inquiries"

    def get_urlpatterns(self) -> list:
        return [path("<int:pk>/", AnswerView.as_view(), name="answer")]
