"""Where every screen of the running site is, with its first records in the addresses."""

import datetime as dt
import json
import sys
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from crm_plugin import models as m
from crm_plugin.contacts.merge import merge_contacts
from crm_plugin.reports import kpi
from crm_plugin.segments import ready_made
from crm_plugin.segments.refresh import refresh
from crm_plugin.touchpoints import correcting, notes
from tests import permission_matrix
from tests.permission_world import routes

# Parts of a screen, files and redirects: what never stands in a window of its own.
PARTS = {
    "chosen",
    "chosen_multiple",
    "collect_workflow_action_data",
    "confirm_workflow_cancellation",
    "file",
    "left_out",
    "mailing_state",
    "past_progress",
    "preview_on_add",
    "preview_on_edit",
    "progress",
    "revisions_unschedule",
    "workflow_action",
    "workflow_history_detail",
    "workflow_preview",
}
READ = {
    name: letters
    for name, letters in permission_matrix.flat(permission_matrix.READ).items()
    if not name.startswith("crm:")
    and "choosers" not in name
    and not name.endswith("_results")
    and name.rpartition(":")[2] not in {*PARTS, "results", "story"}
}
FIRST: dict[str, Callable[[], Any]] = {
    "crm_campaign": lambda: m.Campaign.objects.first(),
    "crm_segment": lambda: m.Segment.objects.get(key="lunch-guests"),
    "crm_segment:on_day": lambda: m.Segment.objects.get(key="regulars"),
    "crm_scheme": lambda: m.SegmentScheme.objects.first(),
    "crm_score": lambda: m.Score.objects.first(),
    "crm_message": lambda: m.ServiceMessage.objects.first(),
    "crm_inquiry": lambda: m.Inquiry.objects.first(),
    "crm_booking": lambda: m.Booking.objects.order_by("-starts_at").first(),
    "crm_service": lambda: m.Service.objects.first(),
    "crm_resource": lambda: m.Resource.objects.first(),
    "crm_purchase": lambda: m.Purchase.objects.latest("pk"),
    "crm_deal": lambda: m.Deal.objects.filter(closed_at=None).first(),
    "crm_deal_stage": lambda: m.DealStage.objects.first(),
    "crm_lost_reason": lambda: m.LostReason.objects.first(),
    "crm_plan": lambda: m.Plan.objects.first(),
    "crm_plan_period": lambda: m.PlanPeriod.objects.first(),
    "crm_product": lambda: m.Product.objects.first(),
    "crm_product_category": lambda: m.ProductCategory.objects.first(),
    "crm_contact": lambda: somebody(),
    "crm_merge": lambda: somebody(),
    "crm_merge:undo": lambda: done("merge"),
    "crm_call": lambda: somebody(),
    "crm_touchpoint": lambda: m.Touchpoint.objects.get(summary="予約の電話"),
    "crm_touchpoint:undo": lambda: done(correcting.TAKEN_BACK),
    "crm_organisation": lambda: firm(),
    "crm_organisation:edit_place": lambda: firm().affiliations.first(),
    "crm_organisation:end_place": lambda: firm().affiliations.first(),
    "crm_organisation:remove_place": lambda: firm().affiliations.first(),
    "crm_organisation:edit_department": lambda: firm().departments.first(),
    "crm_organisation:remove_department": lambda: firm().departments.first(),
    "crm_attribute": lambda: m.AttributeDefinition.objects.first(),
    "crm_submission": lambda: m.Submission.objects.latest("pk"),
    "crm_topic": lambda: m.Topic.objects.first(),
    "crm_sender": lambda: m.Sender.objects.first(),
    "crm_ledgers_deliveries": lambda: m.Delivery.objects.latest("pk"),
    "crm_ledgers_consents": lambda: m.ConsentEvent.objects.latest("pk"),
    "crm_ledgers_touchpoints": lambda: m.Touchpoint.objects.latest("pk"),
    "crm_ledgers_import-rows": lambda: m.ImportRow.objects.first(),
    "crm_ledgers_sensitive-views": lambda: m.SensitiveView.objects.first(),
    "crm_ledgers_member-views": lambda: m.MemberView.objects.first(),
}
ASKED: dict[str, Callable[[], str]] = {
    "crm_merge:preview": lambda: "?survivor={}&duplicate={}".format(*two()),
    "crm_contact:bulk": lambda: "?prefecture=北海道",
    "crm_call:index": lambda: "?number=0166000000",
    "crm_segment:on_day": lambda: f"?on={timezone.localdate() - dt.timedelta(days=60)}",
}
# Screens that look quite different with another record.
OTHERS: dict[str, Callable[[], str]] = {
    f"crm_segment:{name} visits": lambda name=name: reverse(
        f"crm_segment:{name}", args=[m.Segment.objects.get(key="social-link").pk]
    )
    for name in ("inspect", "edit")
}


def prepare() -> None:
    """What a fresh example has not seen yet: a merge, a bulk change, groups …"""
    owner = User.objects.get(username="owner")
    if m.BulkEdit.objects.exists():
        return
    _stays, goes = (
        notes.write_down(somebody(), "call_in", summary=said, by=owner, key=key)
        for key, said in (
            ("screens-stays", "予約の電話"),
            ("screens-goes", "間違い電話"),
        )
    )
    correcting.take_back(goes, by=owner)
    pair = [m.Contact.objects.create(family_name="重複") for _each in "12"]
    merge_contacts(*pair, by=owner)
    m.BulkEdit.objects.create(
        rule=[{"type": "confirmed", "value": {"state": "confirmed"}}],
        act="archive",
        state="done",
        by=owner,
    )
    ready_made.ensure_scheme("stages", by=owner)
    for group in m.Segment.objects.exclude(scheme=None):
        refresh(group)
    m.ServiceMessage.objects.first().save_revision(user=owner)


def done(kind: str) -> m.Operation:
    return m.Operation.objects.filter(kind=kind).latest("pk")


def somebody() -> m.Contact:
    """Who has a deal, and with it something of everything."""
    return m.Contact.objects.filter(deals__closed_at=None, deals__isnull=False).first()


def firm() -> m.Organisation:
    return m.Organisation.objects.filter(departments__isnull=False).first()


def two() -> tuple[int, int]:
    return tuple(m.Contact.objects.order_by("pk").values_list("pk", flat=True)[:2])


def first_of(name: str) -> Any:
    space = name.partition(":")[0].partition("_modeladmin")[0]
    find = FIRST.get(name) or FIRST.get(space)
    return find() if find else None


def known(name: str) -> dict[str, Any]:
    """What the arguments of the route *name* may be."""
    row = first_of(name)
    revision = getattr(row, "latest_revision_id", None)
    batch, mailing = m.ImportBatch.objects.first(), m.Mailing.objects.latest("pk")
    edit, pick = m.BulkEdit.objects.first(), m.PromotedFor.objects.first()
    group = m.Segment.objects.exclude(scheme=None).first()
    members = m.MembersOnly.objects.first()
    return {
        "pk": row and row.pk,
        "instance_pk": row and row.pk,
        "contact": somebody().pk,
        "contact_id": somebody().pk,
        "segment_id": group and group.pk,
        "public_id": batch and batch.public_id,
        "edit_id": edit and edit.public_id,
        "key": mailing and mailing.public_id,
        "stage": m.DealStage.objects.filter(kind="won").values_list("pk", flat=True)[0],
        "query_id": pick and pick.pick_id,
        "page_id": members and members.restriction.page_id,
        "word": "arrived",
        "revision_id": revision,
        "revision_id_a": revision,
        "revision_id_b": "latest" if revision else None,
    }


def addresses() -> dict[str, str]:
    """The address of each screen, or "" where the site holds nothing to open it with."""
    found = {}
    arguments = routes()
    for name in READ:
        if name == "crm_report:show":
            for each in kpi.all_kpis():
                found[f"{name} {each.name}"] = reverse(name, args=[each.name])
            continue
        given = known(name) if arguments[name] else {}
        values = {argument: given[argument] for argument in arguments[name]}
        if None in values.values():
            found[name] = ""
        else:
            asked = ASKED.get(name, str)()
            found[name] = reverse(name, kwargs=values) + asked
    return found | {name: find() for name, find in OTHERS.items()}


def tell() -> None:
    prepare()
    sys.stdout.write(json.dumps(addresses()))
