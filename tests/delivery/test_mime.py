"""Valid MIME for every name there is, and no header that an author did not write."""

import datetime as dt
from email import message_from_bytes, policy

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from crm_plugin.delivery.headers import BadAddress, address, phrase, words
from crm_plugin.delivery.mime import Skeleton
from crm_plugin.delivery.models import Rendering
from crm_plugin.delivery.origin import Origin

HINATA = Origin("洋食ひなた", "hello@hinata.example", "desk@hinata.example")
NASTY = [
    "x\r\nBcc: victim@x.example",
    "x\nBcc: victim@x.example",
    "x\rBcc: victim@x.example",
    "x\u2028Bcc: victim@x.example",
    "x\u2029Bcc: victim@x.example",
    "x\x0bBcc: victim@x.example",
    "x\x85Bcc: victim@x.example",
    "x\r\n\r\n<script>",
    "=?utf-8?q?Bcc:_victim?=",
    "佐藤" * 5_000,
    "a" * 10_000,
    '"><img src=x>',
    "\ud800",
    "🍛" * 40,
    "",
]


def skeleton(**kwargs):
    said = {
        "subject": "Hello {{ salutation }}",
        "html": "<p>{{ salutation }}</p>",
        "text": "Hello {{ salutation }}\n.\nFrom us",
        "language": "en",
    }
    return Skeleton(Rendering(**{**said, **kwargs}), HINATA)


def message(raw=False, *, values=None, skeleton=None, **kwargs):
    skeleton = skeleton or globals()["skeleton"]()
    data = skeleton.message(
        "guest@mail.example",
        values=values or {"salutation": "佐藤様"},
        message_id="<1.1@hinata.example>",
        at=timezone.localtime(),
        **kwargs,
    )
    return data if raw else message_from_bytes(data, policy=policy.default)


@pytest.mark.parametrize("value", NASTY)
def test_a_value_never_becomes_a_header(value):
    parsed = message(values={"salutation": value})
    assert parsed.defects == []
    assert parsed["Bcc"] is None
    assert parsed.keys() == message().keys()
    assert parsed.get_body(("html",)) is not None


@pytest.mark.parametrize("value", NASTY)
def test_a_senders_name_never_becomes_a_header(value):
    origin = Origin(value, "hello@hinata.example")
    plain = Skeleton(Rendering(subject="s", text="t"), origin)
    parsed = message(skeleton=plain)
    assert parsed["Bcc"] is None
    assert parsed["From"].addresses[0].addr_spec == "hello@hinata.example"


@given(st.text(max_size=300))
def test_any_subject_comes_back_as_one_line(text):
    line = words(text)
    assert "\n" not in line.replace("\r\n ", "")
    assert line.isascii()
    assert all(len(part) <= 998 for part in line.split("\r\n "))


def test_a_japanese_subject_reads_the_same():
    parsed = message(values={"salutation": "佐藤花子様、秋のランチのご案内です"})
    assert parsed["Subject"] == "Hello 佐藤花子様、秋のランチのご案内です"


def test_both_parts_say_the_same():
    parsed = message()
    text = parsed.get_body(("plain",)).get_content()
    assert text.splitlines() == ["Hello 佐藤様", ".", "From us"]
    assert parsed.get_body(("html",)).get_content() == "<p>佐藤様</p>"


def test_a_message_without_html_has_one_part():
    parsed = message(skeleton=skeleton(html=""))
    assert parsed.get_content_type() == "text/plain"
    assert parsed.get_content().startswith("Hello 佐藤様")


def test_lines_end_and_measure_as_mail_servers_want():
    data = message(raw=True, values={"salutation": "あ" * 3_000})
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(len(line) for line in data.split(b"\r\n")) <= 998
    assert data.endswith(b"\r\n")
    assert not any(line.startswith(b".") for line in data.split(b"\r\n"))


@pytest.mark.parametrize(
    ("unsubscribe", "automatic"), [("https://x.example/u", True), ("", False)]
)
def test_the_header_matrix(unsubscribe, automatic):
    made = Skeleton(
        Rendering(subject="s", text="t", html="h"), HINATA, automatic=automatic
    )
    parsed = message(skeleton=made, unsubscribe=unsubscribe)
    has_way_out = bool(unsubscribe)
    assert ("List-Unsubscribe" in parsed) == has_way_out
    assert ("List-Unsubscribe-Post" in parsed) == has_way_out
    assert parsed["Auto-Submitted"] == ("auto-generated" if automatic else None)


def test_the_one_click_headers_read_as_rfc_8058_says():
    parsed = message(unsubscribe="https://hinata.example/crm/u/token")
    assert parsed["List-Unsubscribe"] == "<https://hinata.example/crm/u/token>"
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_replies_and_dates_are_right():
    parsed = message()
    assert parsed["Reply-To"] == "desk@hinata.example"
    assert str(parsed["From"]) == "洋食ひなた <hello@hinata.example>"
    assert abs(parsed["Date"].datetime - timezone.now()) < dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("hanako@mail.example", "hanako@mail.example"),
        (" hanako@mail.example ", "hanako@mail.example"),
        ("a..b@docomo.ne.jp", '"a..b"@docomo.ne.jp'),
        ("ab.@docomo.ne.jp", '"ab."@docomo.ne.jp'),
        (".ab@docomo.ne.jp", '".ab"@docomo.ne.jp'),
        ('"a..b"@docomo.ne.jp', '"a..b"@docomo.ne.jp'),
        ("a@日本.example", "a@xn--wgv71a.example"),
    ],
)
def test_an_address_is_written_as_servers_read_it(typed, sent):
    assert address(typed) == sent


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "a",
        "@x.example",
        "a@",
        "a b@x.example",
        "a@x.example\r\nRCPT TO:<v@x.example>",
        "a@x.example>",
        "<a@x.example>\n",
        "はな@x.example",
        "a@x .example",
        "a@[127.0.0.1]\x00",
    ],
)
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(BadAddress):
        address(typed)


def test_a_plain_name_is_quoted():
    assert phrase('Shop "Sun", Ltd.') == '"Shop \\"Sun\\", Ltd."'
