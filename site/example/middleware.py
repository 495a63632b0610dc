from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware

UNTRANSLATED = ("/admin/", "/crm/", "/static/", "/media/", "/documents/", "/mailbox/")


class PageLocaleMiddleware(LocaleMiddleware):
    """Only pages live below a language: elsewhere "not found" stays "not found"."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> Any:
        if request.path_info.startswith(UNTRANSLATED):
            return response
        return super().process_response(request, response)
