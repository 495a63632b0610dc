"""Segments: a named group of people, described by a rule."""

import logging
import uuid
from typing import Any

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models, transaction
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    PreviewableMixin,
    RevisionMixin,
    WorkflowMixin,
)

from crm_plugin import rules
from crm_plugin.rules import RuleField

from .guards import in_turn, refusals, refuse_switching_off
from .keys import key_for
from .schemes import SegmentScheme

PICKED = "picked"
# What the clock calls its publishing, and what the history says where it may not.
BY_CLOCK, REFUSED = "wagtail.publish.scheduled", "crm.segment.refused"
logger = logging.getLogger(__name__)


class SegmentQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "SegmentQuerySet":
        """Without the right, segments that read sensitive attributes do not exist."""
        if user is None or not user.is_active:
            return self.none()
        if not user.has_perm("crm_plugin.view_segment"):
            return self.none()
        if user.has_perm("crm_plugin.view_sensitive"):
            return self
        return self.filter(reads_sensitive=False)

    def hand_picked(self) -> "SegmentQuerySet":
        """Those that people can be put into by hand."""
        return self.filter(hand_picked=True, active=True)

    def of_people(self) -> "SegmentQuerySet":
        """Those with members, whom a campaign can address."""
        return self.filter(of_visits=False)

    def of_visits(self) -> "SegmentQuerySet":
        """Those that a visit to the site is in or not, with no members at all."""
        return self.filter(of_visits=True)

    def frozen(self) -> "SegmentQuerySet":
        """Those in force whose members are as they were when their rule broke."""
        return self.live().exclude(frozen_at=None)

    def in_order(self) -> "SegmentQuerySet":
        """Classes of a scheme as they choose, the rest last."""
        return self.order_by("rest", "place", "pk")

    def live(self) -> "SegmentQuerySet":
        return self.filter(live=True, active=True)


class Segment(
    PreviewableMixin,
    WorkflowMixin,
    DraftStateMixin,
    LockableMixin,
    RevisionMixin,
    models.Model,
):
    """People described by a rule; membership is stored, never evaluated on request."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.SlugField(_("key"), unique=True, max_length=60, blank=True)
    name = models.CharField(_("name"), max_length=80)
    name_ja = models.CharField(_("Japanese name"), max_length=80, blank=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    rule = RuleField(verbose_name=_("rule"))
    private = models.BooleanField(
        _("private"),
        default=False,
        help_text=_("Its page content shows only to visitors known for certain."),
    )
    excludes_always = models.BooleanField(
        _("exclusion segment"),
        default=False,
        help_text=_("Its members never get personal content or campaigns."),
    )
    active = models.BooleanField(_("active"), default=True)
    reads_sensitive = models.BooleanField(default=False, editable=False)
    hand_picked = models.BooleanField(default=False, editable=False)
    of_visits = models.BooleanField(
        default=False,
        editable=False,
        help_text=_("Its rule asks of a visit to the site: it has no members."),
    )
    scheme = models.ForeignKey(
        SegmentScheme,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="classes",
        verbose_name=_("scheme"),
        help_text=_(
            "One of several groups of which everybody is in exactly one: the first"
            " whose rule is true."
        ),
    )
    place = models.PositiveSmallIntegerField(default=0, editable=False)
    rest = models.BooleanField(
        default=False,
        editable=False,
        help_text=_("Everybody whom no other class of its scheme takes."),
    )
    picked_sensitive = models.BooleanField(
        default=False,
        editable=False,
        help_text=_("People were put into it by something sensitive."),
    )
    next_change_at = models.DateTimeField(null=True, editable=False)
    size = models.PositiveIntegerField(_("members"), default=0, editable=False)
    refreshed_at = models.DateTimeField(
        _("refreshed at"), null=True, blank=True, editable=False
    )
    frozen_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("Since when its rule cannot be evaluated; the members stay."),
    )

    workflow_states = GenericRelation(
        "wagtailcore.WorkflowState",
        content_type_field="base_content_type",
        object_id_field="object_id",
        related_query_name="crm_segment",
        for_concrete_model=False,
    )
    _revisions = GenericRelation(
        "wagtailcore.Revision",
        content_type_field="base_content_type",
        object_id_field="object_id",
        related_query_name="crm_segment",
        for_concrete_model=False,
    )

    objects = SegmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["name"]

    def __str__(self) -> str:
        if self.name_ja and (get_language() or "").startswith("ja"):
            return self.name_ja
        return self.name or gettext("(no name yet)")

    # What the rule tells.
    TOLD = ("reads_sensitive", "hand_picked", "of_visits")
    # What the refresh writes; a revision must never bring back what it was then.
    KEPT = (
        *("size", "refreshed_at", "next_change_at", "frozen_at"),
        *("picked_sensitive", "place", "rest"),
    )

    @property
    def revisions(self) -> Any:
        return self._revisions

    @cached_property
    def before(self) -> "list[Segment]":
        """The classes in force of its scheme that choose before it does, in order.

        One query, and none for a segment that is in no scheme.
        """
        if self.scheme_id is None:
            return []
        classes = Segment.objects.live().filter(scheme=self.scheme_id)
        return [row for row in classes.in_order() if row.order < self.order]

    @property
    def order(self) -> tuple[bool, int, float]:
        """Its place among the classes of its scheme; the rest comes last."""
        return self.rest, self.place, self.pk or float("inf")

    @property
    def tree(self) -> rules.Group:
        """What its members must fulfil: the rule, and no rule of a class before it."""
        own = rules.parse(self.rule)
        if not self.before and not self.rest:
            return own
        taken = rules.Group("none", tuple(rules.parse(row.rule) for row in self.before))
        return rules.Group("all", (taken,) if self.rest else (own, taken))

    @property
    def empty_rest(self) -> bool:
        """Whether it is the rest of a scheme that has no class in force yet."""
        return self.rest and not self.before

    @property
    def kind_is_settled(self) -> bool:
        """Whether it has been published: who uses it relies on what it is about."""
        return self.live or self.first_published_at is not None

    @property
    def in_force(self) -> bool:
        """Whether it counts: published and switched on."""
        return self.live and self.active

    @property
    def needs_verified(self) -> bool:
        """Whether only visitors known for certain may see what it shows."""
        return self.private or self.reads_sensitive

    def get_preview_template(self, request: Any, mode_name: str) -> str:
        """For reviewers in a workflow; the editor's own preview counts people."""
        return "crm_plugin/segments/sentence.html"

    def get_preview_context(self, request: Any, mode_name: str) -> dict[str, Any]:
        return {"segment": self, "sentence": rules.sentence(self.rule)}

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Give it a key, and note of its rule whether it reads something sensitive,
        whether it is about visits, and whether people are put into it by hand.

        Raises ``BrokenRule`` where it is switched off while something uses it.
        """
        self.key = self.key or key_for(self)
        fields = kwargs.get("update_fields")
        if fields is None or "active" in fields:
            refuse_switching_off(self)
        if fields is None or "rule" in fields:
            self.__dict__.pop("before", None)
            told = rules.reads_sensitive(self.tree)
            self.reads_sensitive = told or self.picked_sensitive
            self.hand_picked = _asks_who_was_picked(self)
            self.of_visits = rules.about_visits(self.rule)
            if fields is not None:
                kwargs["update_fields"] = {*fields, *self.TOLD}
        super().save(*args, **kwargs)

    def save_revision(self, *args: Any, **kwargs: Any) -> Any:
        """A draft that reads something sensitive hides the segment at once."""
        revision = super().save_revision(*args, **kwargs)
        if not self.reads_sensitive and rules.reads_sensitive(self.rule):
            self.reads_sensitive = True
            Segment.objects.filter(pk=self.pk).update(reads_sensitive=True)
        return revision

    def publish(self, revision: Any, *args: Any, **kwargs: Any) -> None:
        """However it is published: a version that must not come into force does not.

        Raises ``BrokenRule``. The clock has nobody to tell and others to publish: there
        it stays a draft, planned no longer, as the log and the history say.
        """
        with transaction.atomic():
            # Its own row first: a refresh of it must not keep all others waiting.
            list(Segment.objects.select_for_update().filter(pk=self.pk).values("pk"))
            in_turn()
            problems = refusals(revision.as_object())
            if not problems:
                super().publish(revision, *args, **kwargs)
                return
        if kwargs.get("log_action") == BY_CLOCK:
            self.revisions.update(approved_go_live_at=None)
            logger.error("Segment %s is not published: %s", self.pk, " ".join(problems))
            log(self, REFUSED, revision=revision)
        else:
            raise rules.BrokenRule(problems)

    def with_content_json(self, content: Any) -> "Segment":
        segment = super().with_content_json(content)
        for name in self.KEPT:
            setattr(segment, name, getattr(self, name))
        return segment


def _asks_who_was_picked(segment: Segment) -> bool:
    """Whether the rule, in whatever group, takes who was put into this segment."""
    return any(
        leaf.condition.name == PICKED and leaf.value["segment"] == segment.key
        for leaf in rules.walk(segment.rule)
    )
