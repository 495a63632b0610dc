"""Views of the example that are not pages."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from crm_plugin.personalisation.promoted import promoted_for
from crm_plugin.personalisation.reading import note_search

from . import search

RESULTS_PER_PAGE = 10


def site_search(request: HttpRequest) -> HttpResponse:
    """Search the pages of the visitor's language."""
    query = request.GET.get("q", "").strip()
    found = search.find(query, language=get_language() or "ja")
    page = Paginator(found, RESULTS_PER_PAGE).get_page(request.GET.get("page"))
    if "page" not in request.GET:
        note_search(request, query, found=page.paginator.count)
    results = [
        {"page": hit, "excerpt": search.excerpt(hit.readable_text(), query)}
        for hit in page
        if hasattr(hit, "readable_text")
    ]
    context = {
        "query": query,
        "promoted": promoted_for(request, query) if page.number == 1 else [],
        "results": results,
        "results_page": page,
    }
    return render(request, "example/search.html", context)
