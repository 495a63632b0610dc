"""Messages that may have arrived: the list, and a person's word on them."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.viewsets.base import ViewSet

from crm_plugin.delivery import settle, story
from crm_plugin.delivery.models import Delivery

from .desk import DeskMenuItem, DeskView, allowed

MOST = 200


@dataclass(frozen=True)
class Word:
    """What somebody may say about uncertain messages, and how it is asked."""

    act: Callable[..., int]
    label: Any
    title: Any
    means: Any
    done: Any


WORDS = {
    "arrived": Word(
        settle.arrived,
        _("It arrived"),
        _("Say that it arrived"),
        _("It will count as sent, and nothing more leaves."),
        _("Counted as sent: %(n)s."),
    ),
    "again": Word(
        settle.send_again,
        _("Send again"),
        _("Send it again"),
        _(
            "Whoever has it already gets it twice. Consent and opt-outs are asked again."
        ),
        _("On their way once more: %(n)s."),
    ),
}


def word_url(word: str, row: Delivery) -> str:
    """Where *word* on one message is confirmed."""
    url = reverse("crm_delivery:settle", args=[word])
    return f"{url}?{urlencode({'id': row.public_id})}"


class DoubtsView(DeskView):
    """Every message whose end is unknown, or those of one mailing."""

    needs = ("view_delivery",)
    page_title = _("May have arrived")
    header_icon = "mail"
    template_name = "crm_plugin/delivery/doubts.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = doubts(request.user)
        if wanted := request.GET.get("mailing"):
            rows = rows.filter(mailing__public_id__in=keys([wanted]))
        return self.show(
            rows=told(rows[:MOST]),
            words=WORDS.items(),
            may_settle=allowed(request.user, "change_delivery"),
            style=versioned_static("crm_plugin/campaigns/send.css"),
        )


class SettleView(DeskView):
    """GET asks for confirmation; POST acts."""

    needs = ("view_delivery",)
    header_icon = "mail"
    template_name = "crm_plugin/delivery/settle.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not allowed(request.user, "change_delivery"):
            raise PermissionDenied
        self.word = _word(kwargs["word"])
        return super().dispatch(request, *args, **kwargs)

    def rows(self, ids: list[str]) -> QuerySet:
        return doubts(self.request.user).filter(public_id__in=keys(ids))[:MOST]

    def get_page_title(self) -> Any:
        return self.word.title

    def get_parents(self) -> list[dict[str, str]]:
        list_url = reverse("crm_delivery:index")
        return [{"url": list_url, "label": str(DoubtsView.page_title)}]

    def get(self, request: HttpRequest, word: str) -> HttpResponse:
        rows = told(self.rows(request.GET.getlist("id")))
        if not rows:
            messages.warning(request, _("Choose at least one message."))
            return redirect("crm_delivery:index")
        return self.show(
            rows=rows,
            word=self.word,
            style=versioned_static("crm_plugin/campaigns/send.css"),
        )

    def post(self, request: HttpRequest, word: str) -> HttpResponse:
        rows = self.rows(request.POST.getlist("id"))
        count = self.word.act([row.pk for row in rows], by=request.user)
        if count:
            messages.success(request, self.word.done % {"n": count})
        else:
            messages.warning(request, _("Too late: the state has changed meanwhile."))
        return redirect("crm_delivery:index")


def doubts(user: Any) -> QuerySet:
    """The uncertain messages that *user* may see, newest first."""
    rows = Delivery.objects.visible_to(user).filter(state=Delivery.State.UNCERTAIN)
    return rows.select_related("contact", "mailing", "rendering").order_by("-id")


def told(rows: QuerySet) -> list[dict[str, Any]]:
    return [{"delivery": row, "subject": story.subject_of(row)} for row in rows]


def _word(name: str) -> Word:
    try:
        return WORDS[name]
    except KeyError:
        raise Http404 from None


def keys(texts: list[str]) -> list[uuid.UUID]:
    """The ids among *texts*; raises ``Http404`` for anything else."""
    try:
        return [uuid.UUID(text) for text in texts[:MOST]]
    except ValueError:
        raise Http404 from None


class DoubtsMenuItem(DeskMenuItem):
    needs = ("change_delivery",)


class DeliveryViewSet(ViewSet):
    name = "crm_delivery"
    url_prefix = "crm/deliveries"
    icon = "mail"
    menu_label = _("May have arrived")
    menu_order = 110
    menu_hook = "register_crm_ledger_menu_item"
    menu_item_class = DoubtsMenuItem
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list:
        return [
            path("", DoubtsView.as_view(), name="index"),
            path("<slug:word>/", SettleView.as_view(), name="settle"),
        ]
