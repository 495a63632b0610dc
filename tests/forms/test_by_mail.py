"""A question in a newsletter: one tap opens the page, one button sends it."""

import uuid

import pytest
from django.core import mail
from django.utils import timezone
from wagtail.blocks.struct_block import StructBlockValidationError

from crm_plugin import queue
from crm_plugin.campaigns.blocks import ButtonBlock, ScoreBlock
from crm_plugin.campaigns.launch import launch
from crm_plugin.delivery import links
from crm_plugin.delivery.models import Delivery, Response
from crm_plugin.touchpoints.models import Rating
from tests import factories
from tests.campaigns.conftest import make_campaign

from .building import EMAIL, build, field

pytestmark = pytest.mark.django_db
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/150"


@pytest.fixture
def page(root):
    return build(root, field("Recommend", "nps"), kind="feedback", slug="how")


@pytest.fixture
def reader(contact):
    point = contact.points.get(kind="email")
    factories.ConsentFactory(point=point)
    return contact


def question(page, scale="nps"):
    value = {"question": "Would you recommend us?", "page": page.pk, "scale": scale}
    return {"type": "score", "value": value, "id": str(uuid.uuid4())}


@pytest.fixture
def sent(page, reader, owner, settings):
    settings.CRM_LAUNCH_GRACE_SECONDS = 0
    factories.SenderFactory()
    launch(make_campaign([question(page)]), by=owner, key=uuid.uuid4())
    queue.run_due("launch", "deliver")
    Delivery.objects.update(handed_at=timezone.now() - timezone.timedelta(hours=1))
    return Delivery.objects.get()


def addresses(sent):
    """Score and stored address of each link, as they stand in the mail."""
    rows = sent.rendering.links.filter(url__contains="score=").order_by("position")
    return {row.url.partition("score=")[2].partition("&")[0]: row for row in rows}


def follow(client, sent, score):
    link = addresses(sent)[score]
    url = links.with_token("", "click", links.CLICK, sent)
    url = f"{url.removesuffix('0')}{link.position}"
    return client.get(url, headers={"user-agent": AGENT})


def test_the_mail_has_one_link_per_score_in_both_parts(sent):
    assert list(addresses(sent)) == [str(n) for n in range(11)]
    rendering = sent.rendering
    assert rendering.html.count('class="score-link"') == 11
    assert "10: {{ link." in rendering.text
    assert len(mail.outbox) == 1


def test_no_link_names_the_reader(sent, reader):
    for link in addresses(sent).values():
        assert link.url.endswith("crm_for=")
        assert str(reader.public_id) not in link.url


def test_one_tap_opens_the_page_with_the_score_chosen(client, sent, page):
    to = follow(client, sent, "9")
    assert to.status_code == 302
    shown = client.get(to.url)
    assert 'value="9" id="id_recommend_9" checked' in shown.content.decode()
    assert not Rating.objects.exists()


def test_the_button_sends_it_as_the_readers(client, sent, page, reader, time_machine):
    to = follow(client, sent, "0")
    html = client.get(to.url).content.decode()
    stamp = html.partition('name="crm_stamp" value="')[2].partition('"')[0]
    token = html.partition('name="crm_for" value="')[2].partition('"')[0]
    time_machine.move_to(timezone.now() + timezone.timedelta(seconds=5))
    said = {"crm_stamp": stamp, "crm_for": token, "recommend": "0"}
    assert client.post(page.url, said).status_code == 302
    queue.run_due("intake")
    rating = Rating.objects.get()
    assert (rating.contact, rating.score, rating.unverified) == (reader, 0, False)


def test_a_scanner_that_opens_every_link_answers_nothing(client, sent):
    for score in range(11):
        to = follow(client, sent, str(score))
        client.get(to.url)
    assert not Rating.objects.exists()


def test_where_clicks_are_not_counted_the_link_still_knows_its_reader(
    client, page, reader, owner, settings
):
    settings.CRM_TRACK_CLICKS = False
    settings.CRM_LAUNCH_GRACE_SECONDS = 0
    factories.SenderFactory()
    launch(make_campaign([question(page)]), by=owner, key=uuid.uuid4())
    queue.run_due("launch", "deliver")
    to = follow(client, Delivery.objects.get(), "9")
    html = client.get(to.url).content.decode()
    assert "A message from us led you here." in html
    assert "mail.example" not in html
    assert not Response.objects.exists()
    assert "crm_visitor" not in client.cookies


def test_the_page_must_have_a_field_for_the_scale(page):
    block = ScoreBlock()
    with pytest.raises(StructBlockValidationError):
        block.clean(block.to_python(question(page, "stars")["value"]))
    block.clean(block.to_python(question(page)["value"]))


def test_a_button_can_lead_to_a_form_that_knows_its_reader(root):
    page = build(root, EMAIL, slug="ask")
    block = ButtonBlock()
    said = {"label": "Ask us", "page": page.pk, "url": "", "personal": True}
    assert block.address(block.to_python(said)).endswith("/ask/?crm_for=")
    said["personal"] = False
    assert block.address(block.to_python(said)).endswith("/ask/")
    del said["personal"]
    assert block.address(block.to_python(said)).endswith("/ask/")


def test_only_a_place_that_asks_for_it_gets_a_token(sent):
    plain = "https://hinata.example/?a=1&crm_form=2#x"
    assert links.personal(plain, sent) == plain
    filled = links.personal("https://hinata.example/?a=1&crm_for=#x", sent)
    assert filled.startswith("https://hinata.example/?a=1&crm_for=ey")
    assert filled.endswith("#x")


def test_an_address_that_was_corrected_since_opens_nothing(client, sent, page, reader):
    to = follow(client, sent, "9")
    reader.points.filter(kind="email").delete()
    html = client.get(to.url).content.decode()
    assert "too old to fill anything in" in html
    assert "led you here" not in html
