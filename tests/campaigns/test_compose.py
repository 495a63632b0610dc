import pytest

from crm_plugin.campaigns import compose, preview
from crm_plugin.personalisation.variants import Member
from tests.factories import ContactFactory

from .conftest import personalised, text


def letter(campaign, *segments, contact=None):
    reader = Member(frozenset(segment.pk for segment in segments))
    return preview.letter_for(
        compose.content_of(campaign.versions.first()),
        reader,
        campaign=campaign,
        contact=contact,
    )


@pytest.mark.parametrize("part", ["html", "text"])
class TestTheGoldenMail:
    def test_a_lunch_guest_gets_lunch_first_and_dinner_as_an_extra(
        self, campaign, lunch, part
    ):
        said = getattr(letter(campaign, lunch), part)
        assert said.index("LUNCH MENU") < said.index("dinner as an extra")
        assert "DINNER MENU" not in said
        assert "NEWS" not in said

    def test_a_dinner_guest_gets_the_reverse(self, campaign, dinner, part):
        said = getattr(letter(campaign, dinner), part)
        assert said.index("DINNER MENU") < said.index("lunch as an extra")
        assert "LUNCH MENU" not in said

    def test_everyone_else_gets_the_news(self, campaign, part):
        said = getattr(letter(campaign), part)
        assert "NEWS of the shop" in said
        assert "MENU" not in said

    def test_no_brace_is_left_for_somebody_without_a_name(self, campaign, part):
        said = getattr(letter(campaign), part)
        assert "{{" not in said
        assert "guest" in said

    def test_a_name_is_filled_in(self, campaign, part):
        contact = ContactFactory(family_name="山田", given_name="太郎")
        assert "山田様" in getattr(letter(campaign, contact=contact), part)

    def test_a_name_with_markup_harms_nobody(self, campaign, part):
        contact = ContactFactory(family_name="<script>x</script>{{ contact.kana }}")
        said = getattr(letter(campaign, contact=contact), part)
        assert ("<script>" in said) == (part == "text")
        assert "{{ contact.kana }}" in said

    def test_the_law_is_kept(self, campaign, part):
        said = getattr(letter(campaign), part)
        for words in ("1-2-3 Midori", "0166-00-0000", "Hinata"):
            assert words in said

    def test_the_button_leads_to_its_page(self, campaign, part):
        said = getattr(letter(campaign), part)
        assert "https://hinata.example/book/" in said
        assert "Book a table" in said


def test_the_subject_is_personal_too(campaign):
    contact = ContactFactory(family_name="山田")
    assert letter(campaign, contact=contact).subject == "山田へ"
    assert letter(campaign).subject == "あなたへ"


def test_styles_stand_on_the_elements(campaign):
    assert 'class="cell text" style="' in letter(campaign).html


def test_dark_mode_keeps_its_rules(campaign):
    assert "prefers-color-scheme: dark" in letter(campaign).html


def test_the_preview_line_stands_first_in_the_body(campaign):
    said = letter(campaign).html
    assert said.index("秋") < said.index("Hinata")


def test_a_key_names_the_variants_and_is_read_back():
    assert compose.key_of((0, None, 2)) == "0.e.2"
    assert compose.picks_of("0.e.2") == (0, None, 2)
    assert compose.picks_of("") == ()


def test_combinations_multiply(lunch, dinner, campaign, body):
    twice = [*body, personalised(([lunch], [], [text("x")]), default=[])]
    content = compose.content_of(campaign.versions.first()) | {"body": twice}
    parsed = compose.body_of(content)
    assert compose.combination_count(parsed) == 6
    assert len(list(compose.combinations(parsed))) == 6
