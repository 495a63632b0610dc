"""Who sees what: members' pages and promoted search results; who looked, who asked."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.models import PageViewRestriction

from crm_plugin.contacts.models import Contact
from crm_plugin.segments.models import Segment, SegmentMembership

from . import picks, visitor

ADMIN = "wagtailadmin.access_admin"


class MembersOnly(models.Model):
    """A page, with all below it, that only members of some segments see.

    It hangs on one of Wagtail's own view restrictions, so that lists, search, API and
    sitemap leave the page out by themselves. ``seal`` is that restriction's password,
    which nobody knows: a restriction that an editor changed since is Wagtail's again.
    """

    restriction = models.OneToOneField(
        PageViewRestriction, on_delete=models.CASCADE, related_name="crm_members"
    )
    seal = models.CharField(max_length=64)
    segments = models.ManyToManyField(
        Segment, related_name="+", verbose_name=_("for members of")
    )
    excluded = models.ManyToManyField(
        Segment, related_name="+", blank=True, verbose_name=_("but not for members of")
    )

    class Meta:
        verbose_name = _("members' page")
        verbose_name_plural = _("members' pages")

    def __str__(self) -> str:
        return str(self.restriction.page)

    @property
    def in_force(self) -> bool:
        found = self.restriction
        sealed = found.restriction_type == PageViewRestriction.PASSWORD
        return bool(self.seal) and sealed and found.password == self.seal

    def admits(self, contact_id: int) -> bool:
        """Whether the contact is, now, in one of the segments and in none excluded.

        A segment of the exclusion that is not published any more still excludes whoever
        was left in it.
        """
        wanted = set(self.segments.values_list("pk", flat=True))
        banned = set(self.excluded.values_list("pk", flat=True))
        stays = SegmentMembership.objects.filter(contact=contact_id, left_at=None)
        stays = stays.filter(
            Q(segment__in=wanted | banned) | Q(segment__excludes_always=True)
        )
        inside = False
        for segment in Segment.objects.filter(pk__in=stays.values("segment")):
            if segment.pk in banned or (segment.excludes_always and segment.active):
                return False
            inside = inside or (segment.pk in wanted and segment.in_force)
        return inside

    def get_admin_url(self) -> str:
        return reverse("crm_members:edit", args=[self.restriction.page_id])


def rule_of(restriction: PageViewRestriction) -> MembersOnly | None:
    """The rule that hangs on *restriction*, if it is still in force."""
    rule: MembersOnly | None = getattr(restriction, "crm_members", None)
    if rule is None:
        return None
    rule.restriction = restriction
    return rule if rule.in_force else None


class SegmentRestriction(PageViewRestriction):
    """Wagtail's restriction, which asks the segments where one of ours hangs on it.

    The database is asked at every request, never what a cookie remembers: whoever
    leaves the segment is refused at once. Only a verified browser gets in.
    """

    class Meta:
        proxy = True
        verbose_name = _("members' page")

    def accept_request(self, request: HttpRequest) -> bool:
        rule = rule_of(self)
        if rule is None:
            return super().accept_request(request)
        if self.edited_by(getattr(request, "user", None)):
            return True
        known = visitor.of(request)
        contact_id = known.contact_id if known.still_hers else None
        if contact_id is None or not rule.admits(contact_id):
            request.crm_refused = True  # type: ignore[attr-defined]
            return False
        request.crm_entered = contact_id  # type: ignore[attr-defined]
        return True

    def edited_by(self, user: Any) -> bool:
        """Whoever may edit the page sees it, too, and stands in no log."""
        if user is None or not user.is_active or not user.has_perm(ADMIN):
            return False
        return self.page.permissions_for_user(user).can_edit()


class MemberViewQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "MemberViewQuerySet":
        if user.is_active and user.has_perm("crm_plugin.view_memberview"):
            return self
        return self.none()


class MemberView(models.Model):
    """Who saw which members' page, and when; forgotten after ``CRM_MEMBER_LOG_DAYS``."""

    contact = models.ForeignKey(
        Contact,
        on_delete=models.CASCADE,
        related_name="member_views",
        verbose_name=_("contact"),
    )
    page_id = models.BigIntegerField()
    page_title = models.CharField(_("page"), max_length=255, blank=True)
    page_url = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(_("at"), db_index=True)

    objects = MemberViewQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("view of a members' page")
        verbose_name_plural = _("views of members' pages")

    def __str__(self) -> str:
        return f"{self.page_title} {self.at:%Y-%m-%d %H:%M}"


class PageLinkRequest(models.Model):
    """Somebody typed an address to get a link to a members' page.

    Stored whether we know the address or not; a worker looks. So neither the answer nor
    its time tells who is known.
    """

    address = models.CharField(max_length=320)
    page_id = models.BigIntegerField()
    language = models.CharField(max_length=10, blank=True)
    at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("request for a link")
        verbose_name_plural = _("requests for a link")

    def __str__(self) -> str:
        return f"{self.page_id} {self.at:%Y-%m-%d %H:%M}"


class PromotedFor(models.Model):
    """One segment whose members see a promoted search result; without any, everybody.

    ``pick_id`` is a row of ``wagtail.contrib.search_promotions``, which a site may do
    without: hence a number and no key.
    """

    pick_id = models.BigIntegerField()
    segment = models.ForeignKey(
        Segment,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("for members of"),
    )

    class Meta:
        verbose_name = _("promoted search result")
        verbose_name_plural = _("promoted search results")
        constraints = [
            models.UniqueConstraint(
                fields=["pick_id", "segment"], name="crm_promoted_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.pick or self.pick_id)

    @property
    def pick(self) -> Any:
        """The promoted result; None where it, or the whole of them, is gone."""
        rows = picks.every()
        return None if rows is None else rows.filter(pk=self.pick_id).first()
