"""Ledgers: what the system wrote, for reading only. The home of every ModelAdmin."""

import re
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import quote
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail import hooks
from wagtail_modeladmin.helpers import PermissionHelper
from wagtail_modeladmin.options import ModelAdmin
from wagtail_modeladmin.views import IndexView, InspectView

from crm_plugin import normalise
from crm_plugin.consents import words as evidence_words
from crm_plugin.consents.models import ConsentEvent
from crm_plugin.delivery import replay, story
from crm_plugin.delivery.models import Delivery
from crm_plugin.touchpoints.models import Touchpoint

from . import consent_words as words
from .deliveries import WORDS, word_url

# Rows of the room of imports, which is a door of its own.
ImportRow = apps.get_model("crm_plugin", "ImportRow")


# What the links of the filters ask.
LOOK_UPS = "exact|isnull|gte|lt"


class ReadOnly(PermissionHelper):
    """Whoever may view may list and look; nobody writes here."""

    def user_can_list(self, user: Any) -> bool:
        return self.user_has_specific_permission(user, self.get_perm_codename("view"))

    def user_can_inspect_obj(self, user: Any, obj: Any) -> bool:
        return self.user_can_list(user)

    def user_can_create(self, user: Any) -> bool:
        return False

    def user_can_edit_obj(self, user: Any, obj: Any) -> bool:
        return False

    def user_can_delete_obj(self, user: Any, obj: Any) -> bool:
        return False


class ListView(IndexView):
    """The list; files leave by exports, which have a right of their own.

    Narrowed by the ledger's own filters only: any other look-up in the address could
    ask, letter by letter, for what its asker may not read.
    """

    FORMATS = ()

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        asked = super().get_filters_params(params)
        offered = "|".join(map(re.escape, self.model_admin.list_filter))
        known = re.compile(rf"(?:{offered})(?:__id)?(?:__(?:{LOOK_UPS}))?")
        return {name: value for name, value in asked.items() if known.fullmatch(name)}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().dispatch(request, *args, **kwargs)
        except (IncorrectLookupParameters, OverflowError):
            return redirect(self.index_url)

    def get_page_title(self) -> str:
        """As the menu calls it, so that people see where they are."""
        return str(self.model_admin.get_menu_label())


class RowView(InspectView):
    """One row: the labels and texts that the ledger tells; of what its list holds."""

    def __init__(self, model_admin: Any, instance_pk: str) -> None:
        if normalise.whole(instance_pk) is None:
            raise Http404
        super().__init__(model_admin, instance_pk)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if (
            not self.model_admin.get_queryset(request)
            .filter(pk=self.instance.pk)
            .exists()
        ):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_fields_dict(self) -> list[dict[str, Any]]:
        rows = self.model_admin.told(self.instance)
        return [{"label": label, "value": value or "-"} for label, value in rows]


class Ledger(ModelAdmin):
    """A list and a page per row, under "Ledgers"."""

    permission_helper_class = ReadOnly
    index_view_class = ListView
    inspect_view_class = RowView
    inspect_view_enabled = True
    history_view_enabled = False
    list_per_page = 50
    ordering = ("-id",)
    rights: tuple[str, ...] = ("view",)
    # Read for the page alone. A join lets the database begin with the other table, and
    # sort all rows there ever were.
    fetched: tuple[str, ...] = ()

    def register_with_wagtail(self) -> None:
        """Menu, addresses and the view permission; no reference index, no finder."""
        hooks.register("register_admin_urls", self.get_admin_urls_for_registration)
        hooks.register("register_crm_ledger_menu_item", self.get_menu_item)
        hooks.register("register_permissions", self.permissions)

    def permissions(self) -> QuerySet:
        """The rights that groups can be given on these rows."""
        names = [self.permission_helper.get_perm_codename(act) for act in self.rights]
        every = self.permission_helper.get_all_model_permissions()
        return every.filter(codename__in=names)

    def get_admin_urls_for_registration(self) -> tuple:
        """Only the addresses that read."""
        reading = {self.url_helper.get_action_url_name(n) for n in ("index", "inspect")}
        every = super().get_admin_urls_for_registration()
        return tuple(entry for entry in every if entry.name in reading)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request).prefetch_related(*self.fetched)
        return self.visible(rows, request.user)

    def visible(self, rows: QuerySet, user: Any) -> QuerySet:
        return rows.visible_to(user)  # type: ignore[attr-defined]

    def told(self, row: Any) -> list[tuple[str, Any]]:
        """Label and text of what one row holds."""
        raise NotImplementedError


def described(label: str, order: str | None = None) -> Callable:
    """Name a column that a method computes; *order* is the field to sort by."""

    def mark(function: Callable) -> Callable:
        function.short_description = label  # type: ignore[attr-defined]
        function.admin_order_field = order  # type: ignore[attr-defined]
        return function

    return mark


def linked(record: Model | None) -> str:
    """The record's name, leading to the record."""
    if record is None:
        return "-"
    try:
        return format_html(
            '<a href="{}">{}</a>',
            record.get_admin_url(),  # type: ignore[attr-defined]
            record,
        )
    except NoReverseMatch:
        return str(record)


class DeliveryLedger(Ledger):
    model = Delivery
    base_url_path = "crm/ledgers/deliveries"
    menu_label = gettext_lazy("Deliveries")
    menu_icon = "mail"
    menu_order = 100
    list_display = ("subject", "person", "address", "how_it_ended", "sent", "mailing")
    list_filter = ("state", "reason", "mailing")
    list_select_related = ("contact", "mailing", "rendering")
    search_fields = ("address_norm",)
    # To change is to say whether an uncertain one arrived.
    rights = ("view", "change")

    @described(gettext_lazy("subject"))
    def subject(self, row: Delivery) -> str:
        return story.subject_of(row)

    @described(gettext_lazy("contact"))
    def person(self, row: Delivery) -> str:
        return linked(row.contact)

    @described(gettext_lazy("state"), "state")
    def how_it_ended(self, row: Delivery) -> str:
        if row.reason:
            return f"{row.get_state_display()}: {row.get_reason_display()}"
        return row.get_state_display()

    def to_decide(self, row: Delivery) -> list[tuple[str, Any]]:
        """What somebody may say about a message whose end is unknown."""
        if row.state != Delivery.State.UNCERTAIN:
            return []
        links = [(word_url(name, row), word.label) for name, word in WORDS.items()]
        pattern = '<a class="button button-small" href="{}">{}</a>'
        return [(_("Did it arrive?"), format_html_join(" ", pattern, links))]

    @described(gettext_lazy("sent at"), "sent_at")
    def sent(self, row: Delivery) -> Any:
        return row.sent_at

    def told(self, row: Delivery) -> list[tuple[str, Any]]:
        shown = replay.shown(row)
        return [
            (_("contact"), linked(row.contact)),
            (_("address"), row.address),
            (_("state"), self.how_it_ended(row)),
            *self.to_decide(row),
            (_("tries"), row.attempts),
            (_("handed over at"), row.handed_at),
            (_("sent at"), row.sent_at),
            (_("what the mail server said"), row.error),
            ("Message-ID", row.message_id),
            (_("subject"), shown.subject),
            (_("text"), as_lines(without_tokens(shown.text))),
        ]


class ConsentLedger(Ledger):
    model = ConsentEvent
    base_url_path = "crm/ledgers/consents"
    menu_label = gettext_lazy("Consent events")
    menu_icon = "check"
    menu_order = 200
    list_display = ("at", "action", "about", "sent_by", "ground", "came_by")
    list_filter = ("action", "at")
    rights = ("view", "export")

    def visible(self, rows: QuerySet, user: Any) -> QuerySet:
        allowed = user.has_perm("crm_plugin.view_consentevent")
        return words.with_topic_names(rows) if allowed else rows.none()

    @described(gettext_lazy("topic"), "topic")
    def about(self, row: ConsentEvent) -> str:
        return words.topic(row)

    @described(gettext_lazy("channel"), "channel")
    def sent_by(self, row: ConsentEvent) -> str:
        return words.channel(row)

    @described(gettext_lazy("basis"), "basis")
    def ground(self, row: ConsentEvent) -> str:
        return words.basis(row)

    @described(gettext_lazy("came by"), "source")
    def came_by(self, row: ConsentEvent) -> str:
        return words.source(row)

    def told(self, row: ConsentEvent) -> list[tuple[str, Any]]:
        named = words.with_topic_names(ConsentEvent.objects.all()).get(pk=row.pk)
        plain = ("subject", "address_hash", "wording", "page", "revision")
        return [
            (_("action"), row.get_action_display()),
            (label_of(ConsentEvent, "at"), row.at),
            (_("topic"), words.topic(named)),
            (_("channel"), words.channel(row)),
            (_("basis"), words.basis(row)),
            (_("came by"), words.source(row)),
            (label_of(ConsentEvent, "actor"), words.actor(row)),
            *[(label_of(ConsentEvent, name), getattr(row, name)) for name in plain],
            (label_of(ConsentEvent, "ip_truncated"), row.ip_truncated),
            *evidence_words.wishes(row.evidence),
            *[
                (name, text)
                for name, text in row.evidence.items()
                if isinstance(text, str)
            ],
        ]


class TouchpointLedger(Ledger):
    model = Touchpoint
    base_url_path = "crm/ledgers/touchpoints"
    menu_label = gettext_lazy("Touchpoints")
    menu_icon = "history"
    menu_order = 300
    list_display = ("at", "person", "kind", "channel", "direction", "summary", "by")
    list_filter = ("kind", "channel", "direction", "phase", "reason", "result", "at")
    search_fields = ("summary", "body", "tags")
    fetched = ("contact", "by")

    @described(gettext_lazy("contact"))
    def person(self, row: Touchpoint) -> str:
        return linked(row.contact)

    def told(self, row: Touchpoint) -> list[tuple[str, Any]]:
        return [
            (_("contact"), linked(row.contact)),
            (_("at"), row.at),
            (_("kind"), row.get_kind_display()),
            (_("channel"), row.get_channel_display()),
            (_("direction"), row.get_direction_display()),
            (_("summary"), row.summary),
            (_("what was said"), as_lines(row.body)),
            (_("reason"), row.get_reason_display()),
            (_("result"), row.get_result_display()),
            (_("tags"), row.tags),
            (_("page"), row.page_title),
            (_("page address"), row.page_url),
            (_("revision"), row.revision),
            (_("unverified"), _("yes") if row.unverified else _("no")),
            (_("by"), row.by),
        ]


class ImportRowLedger(Ledger):
    """Rows as they stood in the sheet, whatever their columns hold."""

    model = ImportRow
    base_url_path = "crm/ledgers/import-rows"
    menu_label = pgettext_lazy("of a spreadsheet", "Import rows")
    menu_icon = "upload"
    menu_order = 400
    list_display = ("batch", "number", "outcome", "said", "applied")
    list_filter = ("outcome", "applied", "batch")
    list_select_related = ("batch",)

    def visible(self, rows: QuerySet, user: Any) -> QuerySet:
        if not user.has_perm("crm_plugin.view_sensitive"):
            return rows.none()
        batches = ImportRow._meta.get_field("batch").related_model
        visible = batches.objects.visible_to(user)  # type: ignore[union-attr]
        return rows.filter(batch__in=visible)

    @described(gettext_lazy("problems"))
    def said(self, row: Any) -> str:
        return "; ".join(str(problem) for problem in row.problems)

    def told(self, row: Any) -> list[tuple[str, Any]]:
        told = [
            (_("import"), str(row.batch)),
            (_("row"), row.number),
            (_("outcome"), row.get_outcome_display()),
            (_("problems"), self.said(row)),
        ]
        cells = row.raw if isinstance(row.raw, list) else list(row.raw.values())
        headers = [*row.batch.headers, *[""] * len(cells)]
        return told + list(zip(headers, cells, strict=False))


def as_lines(text: str) -> str:
    return format_html('<div style="white-space: pre-wrap">{}</div>', text)


def without_tokens(text: str) -> str:
    """A sent text without its signed links: reading it gives nobody their power."""
    return replay.TOKEN.sub("…", text)


def label_of(model: type[Model], name: str) -> str:
    return str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


LEDGERS = (
    DeliveryLedger,
    ConsentLedger,
    TouchpointLedger,
    ImportRowLedger,
)


def ledger_url(ledger: type[Ledger], row: Model) -> str:
    """The page of one row."""
    return ledger().url_helper.get_action_url("inspect", quote(row.pk))
