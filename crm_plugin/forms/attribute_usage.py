"""The form pages whose fields are saved as an attribute, or as another field."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Model, TextField
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.models import Page
from wagtail.permission_policies.pages import PagePermissionPolicy

from crm_plugin.contacts import data_map, usage
from crm_plugin.contacts.models import AttributeDefinition

from .models import CrmFormField


@usage.source
def form_pages(definition: AttributeDefinition, user: Any) -> Iterator[usage.Place]:
    """What the public sees is named to everybody who may see attributes.

    A draft, a page that is not live and a restricted one have names only for whoever
    may edit them.
    """
    target = f"attribute.{definition.key}"
    asked = [(row.page, row.label) for row in _mapped(maps_to=target)]
    drafted = [one for one in _drafted(target) if one not in asked]
    ids = [page.pk for page, _label in [*asked, *drafted]]
    editable = _editable(ids, user)
    named = editable | _public([page.pk for page, _label in asked])
    for page, label in asked:
        noun = _("form page") if page.live else _("draft page")
        yield _place(noun, page, label, known=page.pk in named)
    for page, label in drafted:
        yield _place(_("draft page"), page, label, known=page.pk in editable)


def _place(noun: str, page: Any, label: str, *, known: bool) -> usage.Place:
    if not known:
        return usage.Place(noun)
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    return usage.Place(_("form page"), f"{page} ({label})", url)


def _public(ids: list[int]) -> set[int]:
    rows = Page.objects.filter(pk__in=ids).live().public()
    return set(rows.values_list("pk", flat=True))


def _editable(ids: list[int], user: Any) -> set[int]:
    if user is None or not ids:
        return set()
    may = PagePermissionPolicy().instances_user_has_permission_for(user, "change")
    return set(may.filter(pk__in=ids).values_list("pk", flat=True))


@data_map.feeder
def fed_by_forms() -> dict[str, list[str]]:
    """The titles of the live pages that ask each field; one query per kind of page."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in _mapped(page__live=True):
        title = str(row.page)
        if row.maps_to and title not in found[row.maps_to]:
            found[row.maps_to].append(title)
    return found


def _kinds() -> Iterator[type[CrmFormField]]:
    return (model for model in apps.get_models() if issubclass(model, CrmFormField))


def _mapped(**wanted: Any) -> Iterator[Any]:
    for model in _kinds():
        rows = model._default_manager.filter(**wanted)
        yield from rows.select_related("page").order_by("page_id", "sort_order")


def _drafted(target: str) -> Iterator[tuple[Model, str]]:
    """The pages whose latest draft asks for *target*, with the label there."""
    for model in _kinds():
        link: Any = model._meta.get_field("page").remote_field
        draft = Cast("latest_revision__content", TextField())
        pages = link.model._default_manager.filter(has_unpublished_changes=True)
        pages = pages.annotate(draft=draft).filter(draft__contains=f'"{target}"')
        for page in pages.select_related("latest_revision").order_by("pk"):
            rows = page.latest_revision.content.get(link.get_accessor_name(), [])
            for row in rows:
                if row.get("maps_to") == target:
                    yield page, row.get("label", "")
