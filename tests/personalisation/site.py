"""A site of two pages for these tests: one personalised, one not, two that leak."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.urls import path
from wagtail import blocks

from crm_plugin.personalisation import visitor as visitors
from crm_plugin.personalisation.blocks import PersonalisedBlock

BLOCK = PersonalisedBlock(
    [("text", blocks.CharBlock()), ("note", blocks.RichTextBlock())]
)
BODY = blocks.StreamBlock([("personal", BLOCK), ("text", blocks.CharBlock())])
PAGE = Template("{% load wagtailcore_tags %}<a href='/x'></a>{% include_block body %}")
KEPT = Template(
    "{% load cache wagtailcore_tags %}"
    "{% cache 600 body %}{% include_block body %}{% endcache %}"
)
values: dict[str, list] = {"/home/": [], "/plain/": []}


def text(words):
    return [{"type": "text", "value": words}]


def personal(*variants, default):
    """The raw value of a personalised block: (include, exclude, words) by variant."""
    return {
        "type": "personal",
        "value": {
            "variants": [
                {
                    "type": "item",
                    "id": str(uuid.uuid4()),
                    "value": {
                        "include": [segment.pk for segment in include],
                        "exclude": [segment.pk for segment in exclude],
                        "content": text(words),
                    },
                }
                for include, exclude, words in variants
            ],
            "default": text(default),
        },
    }


def page(request: HttpRequest) -> HttpResponse:
    body = BODY.to_python(values[request.path])
    response = HttpResponse(PAGE.render(Context({"body": body, "request": request})))
    response["Cache-Control"] = "public, max-age=600"
    return response


def kept(request: HttpRequest) -> HttpResponse:
    """What must never be written: a fragment cache around the block."""
    body = BODY.to_python(values["/home/"])
    return HttpResponse(KEPT.render(Context({"body": body, "request": request})))


def careless(request: HttpRequest) -> HttpResponse:
    """What the leak test must catch: it looks past the middleware."""
    members, _unknown = visitors.read_cookie(request).know(frozenset())
    return HttpResponse(f"you are in {sorted(members)}")


def index(request: HttpRequest) -> HttpResponse:
    return HttpResponse('<a href="/home/">a</a> <a href="/plain/">b</a>')


urlpatterns = [
    path("", index),
    path("home/", page),
    path("plain/", page),
    path("careless/", careless),
    path("kept/", kept),
]
