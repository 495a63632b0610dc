"""Every route of the plugin, and one object of each kind to open it with."""

import datetime as dt

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone
from wagtail.contrib.search_promotions.models import Query, SearchPromotion

from crm_plugin import models, signing
from crm_plugin.bookings import tokens
from crm_plugin.consents import ledger, preferences
from crm_plugin.contacts.merge import merge_contacts
from crm_plugin.delivery import links
from crm_plugin.intake import uploads
from crm_plugin.personalisation import member_links
from crm_plugin.touchpoints import correcting, notes
from tests import factories

FAMILY = "Himitsuyama"
ADDRESS = "himitsu@secret.example"
SECRETS = (FAMILY, ADDRESS)
OURS = ("crm_", "crm:", "wagtailsnippetchoosers_crm_plugin", "wagtailsnippets_crm")


def routes() -> dict[str, tuple[str, ...]]:
    """The names of the plugin's routes with the names of their arguments."""
    return {
        name: tuple(pattern.pattern.converters)
        or tuple(pattern.pattern.regex.groupindex)
        for name, route, pattern in _walk(get_resolver())
        if name.startswith(OURS) or route.startswith(("crm/", "admin/crm/"))
    }


def _walk(resolver, before="", space=""):
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLPattern):
            yield space + (pattern.name or route), route, pattern
        else:
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern, route, inner)


class World:
    """One contact with a name that nobody may leak, and all that hangs on her."""

    def __init__(self) -> None:
        self.contact = contact = factories.ContactFactory(
            family_name=FAMILY, email=ADDRESS, phone="+819012345678"
        )
        self.point = contact.points.get(kind="email")
        self.user = User.objects.create_user("importer")
        self._rooms()
        self.member_view = models.MemberView.objects.create(
            contact=contact, page_id=1, page_title="Menu", at=timezone.now()
        )
        self._merged()
        self._messages()
        self._public()

    def _rooms(self) -> None:
        contact = self.contact
        self.pair = models.SuspectedPair.objects.create(
            lower=contact, higher=factories.ContactFactory(family_name=FAMILY), score=1
        )
        self.organisation = factories.OrganisationFactory(name=f"{FAMILY} Ltd")
        self.department = self.organisation.departments.create(name="Purchasing")
        self.place = self.organisation.affiliations.create(
            contact=contact, department=self.department, title="Buyer"
        )
        self.touchpoint = factories.TouchpointFactory(
            contact=contact, kind="inquiry", body=f"I am {FAMILY}"
        )
        self.note, taken = (
            notes.write_down(
                contact, "call_in", summary=f"{FAMILY} rang", by=self.user, key=key
            )
            for key in ("stays", "goes")
        )
        self.taken_back = correcting.take_back(taken, by=self.user)
        self.inquiry = factories.InquiryFactory(
            contact=contact,
            subject=f"From {FAMILY}",
            touchpoint=self.touchpoint,
            reply_to=ADDRESS,
        )
        self.follow_up = models.FollowUp.objects.create(
            contact=contact, due_on=timezone.localdate(), what=f"Call {FAMILY}"
        )
        self.booking = factories.BookingFactory(contact=contact)
        self.room = self.booking.service.resources.get()
        self.waiting = factories.WaitingFactory(
            contact=contact, service=self.booking.service
        )
        self.purchase = factories.PurchaseFactory(contact=contact)
        self.product = models.Product.objects.create(code="set-a", name="Set A")
        self.plan = factories.PlanFactory()
        self.stay = contact.plan_periods.create(
            plan=self.plan, started_on=timezone.localdate(), note=f"For {FAMILY}"
        )
        self.deal = factories.DealFactory(contact=contact, title=f"Deal of {FAMILY}")
        self.won = factories.DealStageFactory(key="won", kind="won")
        self.reason = models.LostReason.objects.get_or_create(key="price")[0]
        self.seen = models.SensitiveView.objects.create(
            contact=contact, by=self.user, screen="record", keys="allergies"
        )
        self.attribute = factories.AttributeFactory(key="occasion")
        self.submission = factories.SubmissionFactory(
            contact=contact, email_norm=ADDRESS
        )
        file = SimpleUploadedFile("secret.pdf", f"%PDF-1.7 {FAMILY}".encode())
        self.upload = uploads.keep(file, real_type="pdf")
        uploads.claim(self.submission, [self.upload])
        self.claim = self.submission.claims.create(
            contact=contact,
            field="contact.given_name",
            label="Given name",
            value="Taro",
            text="Taro",
        )
        self.batch = models.ImportBatch.objects.create(
            noun="contacts",
            file_name=f"{FAMILY}.xlsx",
            headers=["Name"],
            by=self.user,
            state="mapping",
        )
        self.bulk_edit = models.BulkEdit.objects.create(
            rule=[{"type": "confirmed", "value": {"state": "confirmed"}}],
            act="archive",
            state="done",
            by=self.user,
        )
        self.import_row = self.batch.rows.create(number=2, raw=[FAMILY])

    def _merged(self) -> None:
        pair = [factories.ContactFactory(family_name=FAMILY) for _each in range(2)]
        self.merge = merge_contacts(*pair, by=None)

    def _messages(self) -> None:
        self.segment = factories.SegmentFactory(
            key="lunch", name="Lunch guests", live=True
        )
        factories.MembershipFactory(segment=self.segment, contact=self.contact)
        self.pick = SearchPromotion.objects.create(
            query=Query.get("lunch"), external_link_text="Lunch"
        )
        models.PromotedFor.objects.create(pick_id=self.pick.pk, segment=self.segment)
        self.scheme = models.SegmentScheme.objects.create(key="kinds", name="Kinds")
        self.score = factories.ScoreFactory()
        self.group = factories.SegmentFactory(key="kind", scheme=self.scheme)
        self.delivery = factories.DeliveryFactory(
            contact=self.contact, point=self.point, state="sent"
        )
        self.mailing, self.sender = self.delivery.mailing, self.delivery.sender
        self.topic = self.delivery.topic
        self.campaign = models.Campaign(
            name="Autumn", topic=self.topic, sender=self.sender, live=True
        )
        self.campaign.versions = [
            models.Version(language="ja", subject="秋のお知らせ", body=[])
        ]
        self.campaign.save()
        self.message = models.ServiceMessage.objects.create(
            kind="for-permissions",
            language="en",
            title="Thanks",
            subject="Thank you",
            body="Hello",
        )
        self.revisions = {
            space: row.save_revision().pk
            for space, row in (
                ("crm_campaign", self.campaign),
                ("crm_segment", self.segment),
                ("crm_message", self.message),
            )
        }

    def _public(self) -> None:
        words = ledger.wording_for("Yes.", "en")
        ledger.confirm(self.point, self.topic, wording=words)
        self.event = models.ConsentEvent.objects.latest("pk")
        confirmation = models.Confirmation.objects.create(
            submission=self.submission,
            point=self.point,
            address_hash=signing.address_hash("email", ADDRESS),
            expires_at=timezone.now() + dt.timedelta(days=1),
        )
        ident = self.delivery.public_id.hex
        models.Link.objects.create(
            rendering=self.delivery.rendering, position=0, url="https://hinata.example/"
        )
        self.tokens = {
            "confirm": signing.make("confirm", confirmation.public_id),
            "preferences": preferences.link_token(self.point),
            "unsubscribe": signing.make(links.UNSUBSCRIBE, ident),
            "click": signing.make(links.CLICK, ident),
            "view": signing.make(links.VIEW, ident),
            "booking": tokens.of_booking(self.booking, "en"),
            "booking_calendar": tokens.of_booking(self.booking, "en"),
            "waiting": tokens.of_waiting(self.waiting, "en"),
            "members_enter": member_links.make(self.point, 1),
        }

    @property
    def objects(self) -> dict:
        """The object that a namespace is about; its ``pk`` goes into the address."""
        return {
            "crm_campaign": self.campaign,
            "wagtailsnippetchoosers_crm_plugin_campaign": self.campaign,
            "crm_segment": self.segment,
            "wagtailsnippetchoosers_crm_plugin_segment": self.segment,
            "crm_scheme": self.scheme,
            "crm_score": self.score,
            "crm_message": self.message,
            "wagtailsnippetchoosers_crm_plugin_servicemessage": self.message,
            "crm_today": self.follow_up,
            "crm_inquiry": self.inquiry,
            "crm_booking": self.booking,
            "crm_booking:leave": self.waiting,
            "crm_service": self.booking.service,
            "crm_resource": self.room,
            "crm_purchase": self.purchase,
            "crm_deal": self.deal,
            "crm_counter": self.purchase,
            "crm_deal_stage": self.won,
            "crm_lost_reason": self.reason,
            "crm_plan": self.plan,
            "crm_plan_period": self.stay,
            "crm_product": self.product,
            "crm_product_category": self.booking.service.category,
            "crm_contact": self.contact,
            "crm_touchpoint": self.note,
            "crm_touchpoint:undo": self.taken_back,
            "crm_merge": self.contact,
            "crm_merge:undo": self.merge,
            "crm_call": self.contact,
            "crm_claim": self.claim,
            "crm_claim:accept_all": self.submission,
            "crm_claim:reject_all": self.submission,
            "crm_claim:another_person": self.submission,
            "crm_organisation": self.organisation,
            **{
                f"crm_organisation:{verb}_{noun}": row
                for noun, row, verbs in (
                    ("place", self.place, "edit end remove"),
                    ("department", self.department, "edit remove"),
                )
                for verb in verbs.split()
            },
            "crm_attribute": self.attribute,
            "crm_duplicate": self.pair,
            "crm_submission": self.submission,
            "crm_topic": self.topic,
            "crm_sender": self.sender,
            "crm_ledgers_deliveries_modeladmin_inspect": self.delivery,
            "crm_ledgers_consents_modeladmin_inspect": self.event,
            "crm_ledgers_touchpoints_modeladmin_inspect": self.touchpoint,
            "crm_ledgers_import-rows_modeladmin_inspect": self.import_row,
            "crm_ledgers_sensitive-views_modeladmin_inspect": self.seen,
            "crm_ledgers_member-views_modeladmin_inspect": self.member_view,
        }

    def url(self, name: str, arguments: tuple[str, ...]) -> str:
        """The address of the route *name* with this world's objects."""
        space, _colon, view = name.partition(":")
        row = self.objects.get(name) or self.objects.get(space)
        revision = self.revisions.get(space, 0)
        known = {
            "pk": row and row.pk,
            "instance_pk": row and row.pk,
            "contact": self.contact.pk,
            "contact_id": self.contact.pk,
            "key": self.mailing.public_id,
            "public_id": self.batch.public_id,
            "upload": self.upload.public_id,
            "segment_id": self.group.pk,
            "app": "example",
            "model": "inquirypage",
            "edit_id": self.bulk_edit.public_id,
            "token": self.tokens.get(view, ""),
            "position": 0,
            "page_id": 1,
            "query_id": self.pick.query_id,
            "name": "stages",
            "stage": self.won.pk,
            "verb": "pause",
            "word": "arrived",
            "revision_id": revision,
            "revision_id_a": revision,
            "revision_id_b": "latest",
            "action_name": "approve",
            "task_state_id": 1,
            "workflow_state_id": 1,
            "task_id": 1,
        }
        return reverse(
            name, kwargs={argument: known[argument] for argument in arguments}
        )
