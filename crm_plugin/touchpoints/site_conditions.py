"""What rules can ask about the site: pages read, and words searched for.

Only of visitors who are recognised and agreed. Pages are meant by what they are in the
tree, so a rule keeps its sense when a page moves or gets another address.
"""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from taggit.managers import TaggableManager
from wagtail import blocks
from wagtail.models import Page, get_page_models

from crm_plugin import rules
from crm_plugin.conf import setting

from .data_things import of_kind
from .history import Wanted
from .models import PageRead, Touchpoint
from .sorts import GROUP

WHERE = {
    "below": gettext_lazy("a page or the pages below it"),
    "page": gettext_lazy("this very page"),
    "type": gettext_lazy("pages of a type"),
    "tag": gettext_lazy("pages with a tag"),
    "any": gettext_lazy("any page"),
}
FOUND = {
    "": gettext_lazy("whether found or not"),
    "nothing": gettext_lazy("without a result"),
    "something": gettext_lazy("with a result"),
}


def page_types() -> list[tuple[str, str]]:
    """The site's page types, by a key that stays: ``shop.MenuPage``."""
    found = [
        (model._meta.label, str(model._meta.verbose_name).capitalize())
        for model in get_page_models()
        if model is not Page
    ]
    return sorted(found, key=lambda pair: pair[1])


def tagged(tag: str) -> Q:
    """Pages that carry *tag*, whatever their types call the field."""
    where = Q(pk__in=[])
    for model, name in ((model, field.name) for model, field in tag_fields()):
        rows = model._default_manager.filter(**{f"{name}__name__iexact": tag})
        where |= Q(pk__in=rows.values("pk"))
    return where


def tag_fields() -> Iterator[tuple[Any, Any]]:
    """Each type of page with its field of tags."""
    for model in get_page_models():
        for field in model._meta.many_to_many:
            if isinstance(field, TaggableManager):
                yield model, field


def pages_of(value: Any) -> QuerySet | None:
    """The ids of the pages that *value* means; None for every page."""
    where, pages = value["where"], Page.objects.order_by()
    if where in ("page", "below"):
        if value["page"] is None:
            raise rules.BrokenRule([_("The page is gone.")])
        family = value["page"].get_translations(inclusive=True)
        if where == "page":
            return family.order_by().values("pk")
        below = Q(pk__in=[])
        for path in family.values_list("path", flat=True):
            below |= Q(path__startswith=path)
        return pages.filter(below).values("pk")
    if where == "type":
        app, _dot, name = (value["page_type"] or "").partition(".")
        types = ContentType.objects.filter(app_label=app, model=name.lower())
        if value["page_type"] not in dict(page_types()):
            gone = {"name": value["page_type"]}
            raise rules.BrokenRule([_("The page type “%(name)s” is gone.") % gone])
        return pages.filter(content_type__in=types.values("pk")).values("pk")
    if where == "tag":
        return pages.filter(tagged((value["tag"] or "").strip())).values("pk")
    return None


def too_far_back(value: Any) -> list[str]:
    """What happened longer ago than it is kept cannot be asked for."""
    kept, today = setting("CRM_BEHAVIOUR_DAYS"), rules.periods.today(timezone.now())
    period = rules.periods.resolve(value, timezone.now())
    asked = period.first or period.last
    relative = value.get("when") in rules.periods.RELATIVE
    if not relative or asked is None or (today - asked).days <= kept:
        return []
    return [_("Pages and searches are kept for %(days)d days.") % {"days": kept}]


def kept_since(value: Any, source: Any) -> rules.Past:
    """The first day about which all is kept that *value* looks back upon."""
    kept = setting("CRM_BEHAVIOUR_DAYS")
    first = rules.periods.today(timezone.now()) - dt.timedelta(days=kept)

    def asked(after: int) -> dt.date:
        """The first day that it asks for, so many days after the first that is kept."""
        day = rules.periods.midnight(first + dt.timedelta(days=after))
        return rules.periods.resolve(value, day).first or dt.date.min

    after = bisect_left(range(kept), first, key=asked)
    return rules.Past(source=source, since=first + dt.timedelta(days=after))


@rules.register
class HasReadPages(rules.Condition):
    """A page counts once a day, however often it was opened."""

    name = "pages_read"
    label = gettext_lazy("Pages read on our site")
    icon = "doc-full"
    group = GROUP
    aspects = frozenset({"visits"})
    rests_on = frozenset(of_kind(Touchpoint.Kind.PAGE))

    class Value(rules.CountBlock):
        where = blocks.ChoiceBlock(
            choices=list(WHERE.items()), default="below", label=gettext_lazy("which")
        )
        page = blocks.PageChooserBlock(required=False, label=gettext_lazy("page"))
        page_type = rules.KeyChoiceBlock(
            choices=page_types, required=False, label=gettext_lazy("type of page")
        )
        tag = blocks.CharBlock(
            required=False, max_length=100, label=gettext_lazy("tag")
        )
        when = rules.periods.past("last")
        shown = {
            "page": {"where": {"page", "below"}},
            "page_type": {"where": {"type"}},
            "tag": {"where": {"tag"}},
        }

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return rules.counted(self._rows(value, at), value)

    def past(self, value: Any) -> rules.Past:
        return kept_since(value, _("the pages read"))

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        day = rules.periods.today(at)
        return rules.counted(self._rows(value, at).filter(on__lte=day), value)

    def events(self, value: Any, at: dt.datetime) -> rules.Events:
        return rules.Events(self._rows(value, at), at="on")

    def _rows(self, value: Any, at: dt.datetime) -> QuerySet[PageRead]:
        rows = PageRead.objects.filter(**rules.periods.resolve(value, at).days("on"))
        pages = pages_of(value)
        return rows if pages is None else rows.filter(page_id__in=pages)

    def problems(self, value: Any, user: Any) -> list[str]:
        return [*super().problems(value, user), *too_far_back(value)]

    def span(self, value: Any) -> rules.Span | None:
        return rules.counts.span(self.name, value)

    def sentence(self, value: Any) -> str:
        number = rules.counts.number_of(value)
        things = ngettext("%(n)d page read", "%(n)d pages read", number)
        text = rules.counts.phrase(
            value, things=things % {"n": number}, nothing=_("no page read")
        )
        if where := _where_phrase(value):
            text = _("%(pages)s %(where)s") % {"pages": text, "where": where}
        return rules.periods.said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        number = self._rows(value, at).filter(contact=contact_id).count()
        return ngettext("%(n)d page read", "%(n)d pages read", number) % {"n": number}


def _where_phrase(value: Any) -> str:
    page, where = value.get("page"), value["where"]
    title = getattr(page, "title", "…")
    label = dict(page_types()).get(value.get("page_type") or "", "…")
    return {
        "below": _("(“%(name)s” or below)") % {"name": title},
        "page": _("(“%(name)s”)") % {"name": title},
        "type": _("(type: %(name)s)") % {"name": label},
        "tag": _("(tag: %(name)s)") % {"name": value.get("tag") or "…"},
    }.get(where, "")


@rules.register
class HasSearched(rules.Condition):
    """Words are found in every width and in both kana."""

    name = "site_searches"
    label = gettext_lazy("Searches on our site")
    icon = "search"
    group = GROUP
    aspects = frozenset({"touchpoints", "visits"})
    rests_on = frozenset(of_kind(Touchpoint.Kind.SEARCH))

    class Value(rules.CountBlock):
        words = blocks.CharBlock(
            required=False,
            max_length=60,
            label=gettext_lazy("containing (empty: anything)"),
        )
        found = blocks.ChoiceBlock(
            choices=list(FOUND.items()),
            required=False,
            label=pgettext_lazy("search", "and"),
        )
        when = rules.periods.past("last")
        optional = {"words", "found"}

    def contacts(self, value: Any, at: dt.datetime) -> Any:
        return rules.counted(self._rows(value, at), value)

    def past(self, value: Any) -> rules.Past:
        return kept_since(value, _("the searches"))

    def as_of(self, value: Any, at: dt.datetime) -> Any:
        return rules.counted(self._rows(value, at).filter(at__lte=at), value)

    def events(self, value: Any, at: dt.datetime) -> rules.Events:
        return rules.Events(self._rows(value, at))

    def _rows(self, value: Any, at: dt.datetime) -> QuerySet[Touchpoint]:
        period = rules.periods.resolve(value, at)
        rows = Touchpoint.objects.filter(
            kind=Touchpoint.Kind.SEARCH, machine=False, **period.moments("at")
        ).exclude(summary="")
        nothing = Q(result=Touchpoint.Result.NOTHING)
        if value["found"]:
            rows = rows.filter(nothing if value["found"] == "nothing" else ~nothing)
        where = Q()
        for spelling in Wanted(text=value["words"] or "").spellings:
            where |= Q(summary__icontains=spelling)
        return rows.filter(where)

    def problems(self, value: Any, user: Any) -> list[str]:
        return [*super().problems(value, user), *too_far_back(value)]

    def span(self, value: Any) -> rules.Span | None:
        return rules.counts.span(self.name, value)

    def sentence(self, value: Any) -> str:
        number = rules.counts.number_of(value)
        things = ngettext("%(n)d site search", "%(n)d site searches", number)
        text = rules.counts.phrase(
            value, things=things % {"n": number}, nothing=_("no site search")
        )
        if value["words"]:
            text = _("%(searches)s for “%(words)s”") % {
                "searches": text,
                "words": value["words"],
            }
        if value["found"]:
            text = _("%(searches)s %(found)s") % {
                "searches": text,
                "found": FOUND[value["found"]],
            }
        return rules.periods.said(text, value)

    def explain(self, value: Any, contact_id: int, at: dt.datetime) -> str:
        rows = self._rows(value, at).filter(contact=contact_id).order_by("-at")
        words = list(rows.values_list("summary", flat=True)[:5])
        return ", ".join(words) or _("none")
