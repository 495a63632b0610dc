"""What is done once per message: checked, inlined, linked, signed with the footer."""

import pytest

from crm_plugin import merge_tags
from crm_plugin.delivery import links, markup, render
from crm_plugin.delivery.origin import origin_of
from crm_plugin.models import Link, Rendering
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = (
    "<html><head><style>p{color:#b00}</style></head><body>%s<p>Hello</p></body></html>"
)


@pytest.fixture
def sender():
    return factories.SenderFactory()


@pytest.fixture
def topic():
    return factories.TopicFactory()


def compiled(body="", *, text="", subject="Lunch", sender=None, topic=None, **kwargs):
    return render.compile_message(
        PAGE % body, text, subject, language="en", sender=sender, topic=topic, **kwargs
    )


def test_styles_stand_in_their_elements():
    assert '<p style="color: #b00' in compiled().html.replace("#bb0000", "#b00")


def test_links_are_counted_and_kept_with_their_words(sender, topic):
    found = compiled(
        '<a href="/lunch/">See <b>lunch</b></a><a href="https://x.example/?a=1&amp;b=2">x</a>',
        sender=sender,
        topic=topic,
    )
    base = links.base_url(sender)
    assert found.links == (
        (f"{base}/lunch/", "See lunch"),
        ("https://x.example/?a=1&b=2", "x"),
    )
    assert 'href="{{ link.0 }}"' in found.html
    assert "{{ link.1 }}" in found.text
    assert "/lunch/" not in found.html


def test_the_same_address_is_one_link(sender, topic):
    body = '<a href="https://x.example/">a</a><a href="https://x.example/">b</a>'
    assert len(compiled(body, sender=sender, topic=topic).links) == 1


def test_links_of_service_mail_are_left_alone(sender):
    found = compiled('<a href="https://x.example/">a</a>', sender=sender)
    assert found.links == ()
    assert "https://x.example/" in found.html
    assert "https://x.example/" in found.text


def test_tracking_can_be_switched_off(sender, topic, settings):
    settings.CRM_TRACK_CLICKS = False
    found = compiled('<a href="https://x.example/">a</a>', sender=sender, topic=topic)
    assert found.links == ()


@pytest.mark.parametrize("href", ["mailto:a@b.example", "tel:0166000000", "#top"])
def test_other_addresses_stay_as_they_are(href, sender, topic):
    found = compiled(f'<a href="{href}">a</a>', sender=sender, topic=topic)
    assert f'href="{href}"' in found.html
    assert found.links == ()


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "java\tscript:alert(1)",
        "&#106;avascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "https://x.example/?n={{ contact.name }}",
        "{{ contact.name }}",
    ],
)
def test_a_link_leads_to_a_web_page_or_nowhere(href, sender, topic):
    try:
        found = compiled(f'<a href="{href}">a</a>', sender=sender, topic=topic)
    except markup.BadLink:
        return
    assert "script:" not in found.html
    assert all(url.startswith("http") for url, _label in found.links)
    assert "contact.name" not in found.html


def test_pictures_get_whole_addresses_and_no_count(sender, topic):
    found = compiled('<img src="/media/a.jpg" alt="">', sender=sender, topic=topic)
    assert f'src="{links.base_url(sender)}/media/a.jpg"' in found.html
    assert found.links == ()


def test_marketing_always_shows_who_writes_and_the_way_out(sender, topic):
    found = compiled(sender=sender, topic=topic)
    for text in (found.html, found.text):
        assert "1-2-3 Midori, Asahikawa" in text
        assert "0166-00-0000" in text
        assert "{{ unsubscribe_url }}" in text
        assert "{{ web_view_url }}" in text
    assert found.html.index("unsubscribe_url") < found.html.index("</body>")


def test_service_mail_shows_who_writes_and_no_way_out(sender):
    found = compiled(sender=sender)
    assert "1-2-3 Midori, Asahikawa" in found.text
    assert "unsubscribe_url" not in found.html + found.text


def test_the_footer_speaks_the_language_of_the_message(sender, topic):
    found = render.compile_message(
        "", "こんにちは", "秋のランチ", language="ja", sender=sender, topic=topic
    )
    assert found.html == ""
    assert "unsubscribe_url" in found.text


@pytest.mark.parametrize(
    ("language", "shown", "hidden"),
    [("ja", "食堂ひなた", "Hinata Ltd"), ("en", "Hinata Ltd", "食堂ひなた")],
)
def test_the_footer_names_the_business_in_the_language_of_the_message(
    language, shown, hidden
):
    sender = factories.SenderFactory(
        organisation="Hinata Ltd", organisation_ja="食堂ひなた"
    )
    found = render.compile_message(
        PAGE % "", "", "Hi", language=language, sender=sender
    )
    for part in (found.html, found.text):
        assert shown in part
        assert hidden not in part


def test_a_sender_without_japanese_words_signs_as_it_stands(sender):
    found = render.compile_message("", "こんにちは", "x", language="ja", sender=sender)
    assert sender.organisation in found.text


@pytest.mark.parametrize(("language", "name"), [("ja", "ひなた"), ("en", "Hinata")])
def test_the_from_name_is_in_the_language_of_the_message(language, name):
    sender = factories.SenderFactory(from_name_ja="ひなた")
    assert origin_of(sender, language).name == name


def test_braces_of_a_sender_are_no_tags(topic):
    sender = factories.SenderFactory(organisation="{{ contact.name }} {% x %}")
    found = compiled(sender=sender, topic=topic)
    assert found.names == []
    assert "{{ contact.name }} {% x %}" in merge_tags.fill(
        merge_tags.scan(found.text), {"contact.name": "wrong"}
    )


def test_an_own_text_is_used_as_it_stands(sender):
    found = compiled(text="Short and plain", sender=sender)
    assert found.text.startswith("Short and plain\n\n-- \n")


@pytest.mark.parametrize("where", ["subject", "text", "body"])
def test_an_unknown_tag_is_refused_wherever_it_stands(where):
    with pytest.raises(merge_tags.UnknownTag):
        compiled(**{where: "{{ contact.password }}"})


def test_the_names_are_those_that_need_a_value(sender, topic):
    found = compiled(
        "{{ contact.first_name }}",
        subject="{{ salutation }}",
        sender=sender,
        topic=topic,
    )
    assert found.names == ["salutation", "contact.first_name"]


def test_the_same_message_is_stored_once_with_its_links(sender, topic):
    found = compiled('<a href="https://x.example/">a</a>', sender=sender, topic=topic)
    first, second = render.store(found), render.store(found)
    assert first.pk == second.pk
    assert Rendering.objects.count() == Link.objects.count() == 1


def test_nothing_is_fetched_for_a_message():
    page = '<link rel="stylesheet" href="https://x.example/a.css">'
    assert "Hello" in compiled(page).html
