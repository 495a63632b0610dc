"""Factories for tests: each makes one valid record with little said."""

import datetime as dt

import factory
from django.utils import timezone

from crm_plugin import models
from crm_plugin.sales import deals


class ContactFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Contact
        skip_postgeneration_save = True

    family_name = factory.Sequence(lambda n: f"佐藤{n}")
    given_name = "花子"
    family_kana = "サトウ"
    given_kana = "ハナコ"
    language = "ja"
    confirmed_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def email(self, create, value, **kwargs):
        if value:
            PointFactory(contact=self, kind="email", value=value)

    @factory.post_generation
    def phone(self, create, value, **kwargs):
        if value:
            PointFactory(contact=self, kind="phone", value=value)


class PointFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.ContactPoint

    contact = factory.SubFactory(ContactFactory)
    kind = "email"
    value = factory.Sequence(lambda n: f"guest{n}@mail.example")
    value_norm = factory.LazyAttribute(lambda o: o.value.lower())
    verified_at = factory.LazyFunction(timezone.now)


class OrganisationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Organisation

    name = factory.Sequence(lambda n: f"株式会社ひかり{n}")


class AttributeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.AttributeDefinition

    key = factory.Sequence(lambda n: f"attribute-{n}")
    label = factory.Sequence(lambda n: f"Attribute {n}")
    type = "choice"


class TopicFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Topic
        django_get_or_create = ("key",)

    key = "newsletter"
    name = "Newsletter"


class ConsentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Consent

    point = factory.SubFactory(PointFactory)
    topic = factory.SubFactory(TopicFactory)
    state = "granted"
    at = factory.LazyFunction(timezone.now)


class SenderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Sender

    name = "Hinata"
    from_name = "Hinata"
    from_email = "hello@hinata.example"
    organisation = "Hinata"
    postal_address = "1-2-3 Midori, Asahikawa"
    contact = "0166-00-0000"
    is_default = True


class CategoryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.ProductCategory
        django_get_or_create = ("key",)

    key = "lunch"
    name = factory.LazyAttribute(lambda o: o.key.title())


class ResourceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Resource

    name = "Dining room"
    places = 8


class ServiceFactory(factory.django.DjangoModelFactory):
    """A service at a room of its own, or at ``rooms``."""

    class Meta:
        model = models.Service
        skip_postgeneration_save = True

    key = factory.Sequence(lambda n: f"service-{n}")
    name = "Dinner table"
    category = factory.SubFactory(CategoryFactory, key="dinner")

    @factory.post_generation
    def rooms(self, create, value, **kwargs):
        self.resources.set(value if value is not None else [ResourceFactory()])


class BookingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Booking

    reference = factory.Sequence(lambda n: f"B{n:06}")
    contact = factory.SubFactory(ContactFactory)
    service = factory.SubFactory(ServiceFactory)
    starts_at = factory.LazyFunction(timezone.now)
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + dt.timedelta(minutes=90))


class PurchaseFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Purchase

    contact = factory.SubFactory(ContactFactory)
    at = factory.LazyFunction(timezone.now)
    on = factory.LazyAttribute(lambda o: timezone.localdate(o.at))
    amount = 1200


class DealStageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.DealStage
        django_get_or_create = ("key",)

    key = "inquiry"
    name = factory.LazyAttribute(lambda o: o.key.title())


class DealFactory(factory.django.DjangoModelFactory):
    """A deal in an open stage, as the verb opens it."""

    class Meta:
        model = models.Deal

    title = factory.Sequence(lambda n: f"Catering {n}")
    contact = factory.SubFactory(ContactFactory)
    stage = factory.SubFactory(DealStageFactory)
    amount = 100_000

    @classmethod
    def _create(cls, model_class, title, **said):
        return deals.open_deal(title, by=None, **said)


class PlanFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Plan
        django_get_or_create = ("key",)

    key = "standard"
    name = factory.LazyAttribute(lambda o: o.key.title())


class TouchpointFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Touchpoint

    contact = factory.SubFactory(ContactFactory)
    kind = "call"
    channel = "phone"
    direction = "in"
    at = factory.LazyFunction(timezone.now)
    summary = "Asked about lunch"


class InquiryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Inquiry

    reference = factory.Sequence(lambda n: f"Q{n:06}")
    contact = factory.SubFactory(ContactFactory)
    subject = "Catering for 20"
    received_at = factory.LazyFunction(timezone.now)
    due_at = factory.LazyAttribute(lambda o: o.received_at + dt.timedelta(hours=24))


class SegmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Segment

    key = factory.Sequence(lambda n: f"segment-{n}")
    name = factory.LazyAttribute(lambda o: o.key)


class ScoreFactory(factory.django.DjangoModelFactory):
    """Five points for everybody whose language is English."""

    class Meta:
        model = models.Score

    key = factory.Sequence(lambda n: f"score-{n}")
    name = factory.LazyAttribute(lambda o: o.key)
    lines = factory.LazyFunction(
        lambda: [line({"type": "language", "value": {"languages": ["en"]}})]
    )


def line(*conditions, points=5, **said):
    """One line of a score in its stored form."""
    value = {"points": points, "given": "once", **said, "rule": list(conditions)}
    return {"type": "line", "value": value}


class MembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.SegmentMembership

    segment = factory.SubFactory(SegmentFactory)
    contact = factory.SubFactory(ContactFactory)
    entered_at = factory.LazyFunction(timezone.now)


class HoursFactory(factory.django.DjangoModelFactory):
    """Open on Wednesdays from 18:00 to 22:00."""

    class Meta:
        model = models.OpeningHours

    resource = factory.SubFactory(ResourceFactory)
    weekday = 2
    opens = dt.time(18, 0)
    closes = dt.time(22, 0)


class SpecialDaysFactory(factory.django.DjangoModelFactory):
    """A closed day, unless hours are given."""

    class Meta:
        model = models.SpecialDays

    resource = factory.SubFactory(ResourceFactory)
    first_on = factory.LazyFunction(timezone.localdate)


class WaitingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.WaitingEntry

    reference = factory.Sequence(lambda n: f"W{n:06}")
    contact = factory.SubFactory(ContactFactory)
    service = factory.SubFactory(ServiceFactory)
    on = factory.LazyFunction(timezone.localdate)
    party_size = 2


class SlotFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.ServiceSlot

    service = factory.SubFactory(ServiceFactory)
    weekday = 2
    starts = dt.time(18, 0)


class UseFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Use

    contact = factory.SubFactory(ContactFactory)
    on = factory.LazyFunction(timezone.localdate)
    number = 1


def uses(contact, *days_ago, category=None):
    """Uses so many days ago, with their summary and category rows."""
    today = timezone.localdate()
    days = sorted(today - dt.timedelta(days=ago) for ago in days_ago)
    for number, day in enumerate(days, 1):
        UseFactory(contact=contact, on=day, number=number)
        if category is not None:
            models.UseCategory.objects.create(
                contact=contact, on=day, category=CategoryFactory(key=category)
            )
    every = contact.uses.order_by("on")
    models.ContactUses.objects.update_or_create(
        contact=contact,
        defaults={
            "count": every.count(),
            "first_on": every.first().on,
            "last_on": every.last().on,
        },
    )


def taste(contact, choice, *, key="taste", **definition):
    """Give the contact a choice of an attribute, making both where missing."""
    attribute, _created = models.AttributeDefinition.objects.get_or_create(
        key=key, defaults={"label": key.title(), "type": "choice", **definition}
    )
    tick, _created = attribute.choices.get_or_create(
        key=choice, defaults={"label": choice.title()}
    )
    return models.ContactValue.objects.create(
        owner=contact, definition=attribute, choice=tick
    )


class MailingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Mailing

    name = "Lunch in autumn"
    state = "sending"
    topic = factory.SubFactory(TopicFactory)
    sender = factory.SubFactory(SenderFactory)
    content = factory.LazyFunction(list)
    audience = factory.LazyFunction(dict)
    launched_at = factory.LazyFunction(timezone.now)
    starts_at = factory.LazyFunction(timezone.now)


class RenderingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Rendering

    mailing = factory.SubFactory(MailingFactory)
    digest = factory.Sequence(lambda n: f"digest-{n}")
    language = "ja"
    subject = "{{ salutation }}へ"
    html = "<p>{{ salutation }}</p><a href='{{ unsubscribe_url }}'>x</a>"
    text = "{{ salutation }}\n{{ unsubscribe_url }}"


class DeliveryFactory(factory.django.DjangoModelFactory):
    """One message of a mailing to somebody who agreed to its topic."""

    class Meta:
        model = models.Delivery
        skip_postgeneration_save = True

    contact = factory.SubFactory(ContactFactory)
    point = factory.LazyAttribute(lambda o: PointFactory(contact=o.contact))
    rendering = factory.SubFactory(RenderingFactory)
    mailing = factory.LazyAttribute(lambda o: o.rendering.mailing)
    topic = factory.LazyAttribute(lambda o: o.mailing and o.mailing.topic)
    sender = factory.LazyAttribute(lambda o: o.mailing and o.mailing.sender)
    kind = "mailing"
    address = factory.LazyAttribute(lambda o: o.point.value)
    address_norm = factory.LazyAttribute(lambda o: o.point.value_norm)
    language = "ja"

    @factory.post_generation
    def agreed(self, create, value, **kwargs):
        if value is not False and self.topic:
            ConsentFactory(point=self.point, topic=self.topic)


class CampaignFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Campaign

    name = "Spring letter"
    topic = factory.SubFactory(TopicFactory)
    sender = factory.SubFactory(SenderFactory)


class SubmissionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Submission

    key = factory.Sequence(lambda n: f"submission-key-{n}")
    reference = factory.Sequence(lambda n: f"R-TEST{n:04}")
    kind = "inquiry"
    page_title = "Ask us"
    language = "en"
    email_norm = factory.Sequence(lambda n: f"visitor{n}@mail.example")
    answers = factory.LazyAttribute(
        lambda o: [
            {
                "name": "e_mail",
                "label": "E-mail",
                "field": "point.email",
                "value": o.email_norm,
                "text": o.email_norm,
            },
            {
                "name": "message",
                "label": "Message",
                "field": "message",
                "value": "A table for four?",
                "text": "A table for four?",
            },
        ]
    )
