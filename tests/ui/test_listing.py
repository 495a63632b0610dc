import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from crm_plugin.bookings.models import Resource, Service
from crm_plugin.consents.models import Topic
from crm_plugin.delivery.models import ServiceMessage
from crm_plugin.sales.models import ProductCategory
from crm_plugin.ui import listing
from tests import factories

pytestmark = pytest.mark.django_db

EMPTY = {
    "crm_import:index": "There are no imports yet. Start with a spreadsheet.",
    "crm_submission:index": "No form has been sent yet.",
    "crm_inquiry:index": "Nobody has asked anything yet.",
    "crm_booking:list": "There are no bookings yet.",
    "crm_purchase:index": "There are no purchases yet.",
    "crm_organisation:index": "There are no organisations yet.",
    "crm_service:index": "There are no services yet.",
    "crm_resource:index": "There are no rooms or people yet.",
    "crm_product:index": "There are no products yet.",
    "crm_product_category:index": "There are no categories yet.",
    "crm_topic:index": "There are no topics yet.",
    "crm_sender:index": "There are no senders yet.",
    "crm_attribute:index": "There are no attributes yet.",
    "crm_segment:list": "There are no segments yet.",
    "crm_message:list": "There are no texts of your own yet",
}


LONG = {
    "crm_purchase:index": factories.PurchaseFactory,
    "crm_booking:list": factories.BookingFactory,
    "crm_inquiry:index": factories.InquiryFactory,
    "crm_campaign:list": factories.CampaignFactory,
    "crm_deal:list": factories.DealFactory,
    "crm_organisation:index": factories.OrganisationFactory,
    "crm_attribute:index": factories.AttributeFactory,
    "crm_segment:list": factories.SegmentFactory,
    "crm_submission:index": factories.SubmissionFactory,
}


@pytest.fixture
def owner(client, role):
    client.force_login(role("owner"))
    return client


def shown(client, name, **asked):
    return client.get(reverse(name), asked).content.decode()


@pytest.mark.parametrize(("name", "text"), EMPTY.items())
def test_an_empty_list_says_what_to_do(owner, name, text):
    Topic.objects.all().delete()
    ServiceMessage.objects.all().delete()
    page = shown(owner, name)
    assert text in page
    assert "to display" not in page


def test_a_search_without_a_hit_says_how_to_go_on(owner):
    assert "Nothing matches" in shown(owner, "crm_topic:index", q="zzz")


def test_an_empty_list_offers_the_first_step(owner):
    assert f'<a class="button" href="{reverse("crm_import:new")}"' in shown(
        owner, "crm_import:index"
    )


@pytest.mark.parametrize("name", ["crm_topic", "crm_product_category", "crm_service"])
def test_a_name_is_listed_in_the_readers_language(owner, name):
    resource = Resource.objects.create(name="Room", places=4)
    said = {"key": "wine", "name": "Wine", "name_ja": "ワイン"}
    Topic.objects.create(**said)
    ProductCategory.objects.create(**said)
    service = Service.objects.create(**said, duration_minutes=60)
    service.resources.add(resource)
    with override("ja"):
        page = owner.get(
            reverse(f"{name}:index"), HTTP_ACCEPT_LANGUAGE="ja"
        ).content.decode()
    assert "ワイン" in page
    assert ">Wine<" not in page


def test_a_template_says_in_words_what_it_is_for_and_in_which_language(owner):
    ServiceMessage.objects.all().delete()
    ServiceMessage.objects.create(
        kind="acknowledgement", language="ja", title="Received", subject="s", body="b"
    )
    page = shown(owner, "crm_message:list")
    assert "sent by itself" in page
    assert "日本語" in page
    assert "acknowledgement" not in page


def test_what_is_switched_off_is_no_mistake(owner):
    Topic.objects.create(key="wine", name="Wine", active=False)
    page = shown(owner, "crm_topic:index")
    assert "icon-cross" not in page.split("</thead>")[1].split("</table>")[0]


@pytest.mark.parametrize("name", LONG)
def test_a_long_list_is_not_counted_to_its_end(owner, monkeypatch, name):
    LONG[name].create_batch(4)
    monkeypatch.setattr(listing, "EXACT", 2)
    with CaptureQueriesContext(connection) as queries:
        page = shown(owner, name)
    table = LONG[name]._meta.model._meta.db_table
    counts = [
        query["sql"]
        for query in queries
        if "COUNT(" in query["sql"] and f'FROM "{table}"' in query["sql"]
    ]
    assert "2+" in page
    assert counts
    assert all("LIMIT 3" in sql for sql in counts)


def test_campaigns_leave_as_a_file_in_as_many_queries_for_many(owner):
    def leave():
        with CaptureQueriesContext(connection) as queries:
            answer = owner.get(reverse("crm_campaign:list"), {"export": "csv"})
            text = b"".join(answer.streaming_content).decode("utf-8-sig")
        return text.splitlines(), len(queries)

    campaign = factories.CampaignFactory()
    (headings, line), few = leave()
    assert headings == "Name,Status,Topic,Goal,Sending,Launched"
    assert line.startswith(campaign.name)
    for _number in range(4):
        factories.CampaignFactory()
    lines, many = leave()
    assert (len(lines), many) == (6, few)
