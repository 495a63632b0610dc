import pytest

from crm_plugin import normalise


@pytest.mark.parametrize(
    "written",
    [
        "https://www.instagram.com/Hana_T/?hl=ja",
        "instagram.com/hana_t",
        "instagram:hana_t",
        "Instagram @hana_t",
        "インスタ：hana_t",
        "ｉｎｓｔａｇｒａｍ（hana_t）",
        "IG hana_t",
    ],
)
def test_one_account_has_one_spelling(written):
    assert normalise.account(written) == "instagram:hana_t"


@pytest.mark.parametrize(
    ("written", "account"),
    [
        ("https://twitter.com/taro", "x:taro"),
        ("https://x.com/taro", "x:taro"),
        ("https://www.facebook.com/profile.php?id=1000", "facebook:1000"),
        ("https://m.youtube.com/@taro/videos", "youtube:taro"),
        ("https://www.linkedin.com/in/taro", "linkedin:taro"),
        ("https://www.facebook.com/profile.php?locale=ja&id=1000", "facebook:1000"),
        ("https://jp.linkedin.com/in/taro-yamada/", "linkedin:taro-yamada"),
        ("https://www.linkedin.com/in/taroyamada", "linkedin:taroyamada"),
        ("X(旧Twitter) @taro", "x:taro"),
        ("twitter taro", "x:taro"),
        ("@taro", "taro"),
        ("taro", "taro"),
        ("mastodon.example/@taro", "mastodon.example/@taro"),
        ("山田 太郎", "山田太郎"),
        ("", ""),
        ("@", "@"),
    ],
)
def test_networks_are_told_apart_and_nothing_is_refused(written, account):
    assert normalise.account(written) == account


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "https://facebook.com/people/Taro/1000",
            "https://facebook.com/people/Hanako/2000",
        ),
        ("https://instagram.com/reel/abc", "https://instagram.com/reel/def"),
        ("https://www.instagram.com/p/abc", "https://www.instagram.com/p/def"),
        ("https://youtube.com/watch?v=abc", "https://youtube.com/watch?v=def"),
    ],
)
def test_what_is_no_profile_names_nobody(one, other):
    first, second = normalise.account(one), normalise.account(other)
    assert first != second
    assert not first.startswith(("facebook:", "instagram:", "youtube:"))
