import pytest

from crm_plugin import normalise


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Hanako@Mail.Example", "hanako@mail.example"),
        ("ｈａｎａｋｏ＠ｍａｉｌ．ｅｘａｍｐｌｅ", "hanako@mail.example"),
        (" hanako @ mail.example ", "hanako@mail.example"),
        ("hanako@mail。example", "hanako@mail.example"),
        ("hana..ko@docomo.ne.jp", "hana..ko@docomo.ne.jp"),
        ("hanako.@docomo.ne.jp", "hanako.@docomo.ne.jp"),
        (".hanako-_@ezweb.ne.jp", ".hanako-_@ezweb.ne.jp"),
        ('"hana..ko"@docomo.ne.jp', "hana..ko@docomo.ne.jp"),
        ("佐藤 花子 <hanako@mail.example>", "hanako@mail.example"),
        ("mailto:hanako@mail.example", "hanako@mail.example"),
        ("hanako\u200b@mail.example\x00", "hanako@mail.example"),
        ("hanako@日本語.jp", "hanako@xn--wgv71a119e.jp"),
        ("a+tag/x=y@mail.co.jp", "a+tag/x=y@mail.co.jp"),
    ],
)
def test_email_has_one_spelling(typed, meant):
    assert normalise.email(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "",
        None,
        "hanako",
        "hanako@",
        "@mail.example",
        "hanako@mail",
        "hanako@-mail.example",
        "a@b.example, c@d.example",
        "hana ko@mail.example",
        "hanako@mail..example",
        "花子@mail.example",
        "a@b@mail.example",
        "x" * 65 + "@mail.example",
        "a@" + "m" * 300 + ".example",
        "hanako@127.0.0.1",
        "hanako@mail.example\nBcc: all@mail.example",
    ],
)
def test_what_is_no_address_is_empty(typed):
    assert normalise.email(typed) == ""


@pytest.mark.parametrize(
    "typed",
    [
        "090-1234-5678",
        "09012345678",
        "０９０ー１２３４ー５６７８",
        "090（1234）5678",
        "+81 90 1234 5678",
        "+81 (0)90-1234-5678",
        "9012345678",
        "０９０－１２３４－５６７８ 内線12",
        "090 1234 5678 ext. 3",
        "TEL: 090-1234-5678",
    ],
)
def test_a_mobile_number_has_one_spelling(typed):
    assert normalise.phone(typed) == "+819012345678"


def test_a_number_from_abroad_keeps_its_country():
    assert normalise.phone("+44 20 7946 0958") == "+442079460958"


def test_the_region_of_a_number_may_be_said():
    assert normalise.phone("020 7946 0958", "GB") == "+442079460958"


def test_the_region_comes_from_the_settings(settings):
    settings.CRM_PHONE_REGION = "GB"
    assert normalise.phone("020 7946 0958") == "+442079460958"


def test_a_number_that_is_not_valid_is_its_digits():
    assert normalise.phone("１２３-４５") == "12345"


@pytest.mark.parametrize("typed", ["", None, "なし", "内線 12"])
def test_what_is_no_number_is_empty(typed):
    assert normalise.phone(typed) == ""


@pytest.mark.parametrize("typed", ["0700030", "070-0030", "〒０７０ー００３０"])
def test_a_postcode_has_one_spelling(typed):
    assert normalise.postcode(typed) == "070-0030"


def test_a_postcode_of_another_country_stays():
    assert normalise.postcode("SW1A 1AA") == "SW1A 1AA"


def test_a_number_is_known_as_it_is_dialled_at_home():
    assert normalise.national("+819012345678") == "09012345678"


def test_digits_that_are_no_number_stay():
    assert normalise.national("12345") == "12345"
