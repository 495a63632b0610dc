from crm_plugin.campaigns import preview
from crm_plugin.campaigns.models import Campaign
from tests import factories


def test_modes_are_everyone_else_and_each_segment_in_two_media(campaign, lunch, dinner):
    labels = [label for _name, label in campaign.preview_modes]
    assert labels == [
        "Everyone else",
        "As Dinner guests",
        "As Lunch guests",
        "Everyone else, plain text",
        "As Dinner guests, plain text",
        "As Lunch guests, plain text",
    ]


def test_a_new_campaign_can_be_previewed_before_it_has_anything(db):
    campaign = Campaign()
    assert campaign.preview_modes[0][0] == ""
    assert preview.letter_in_mode(campaign, preview.Mode()).html == ""


def test_a_mode_shows_what_its_segment_gets(campaign, lunch):
    (name,) = (n for n, label in campaign.preview_modes if label == "As Lunch guests")
    response = campaign.make_preview_request(preview_mode=name)
    assert b"LUNCH MENU" in response.content


def test_plain_text_is_shown_as_text(campaign):
    name = {label: n for n, label in campaign.preview_modes}[
        "Everyone else, plain text"
    ]
    response = campaign.make_preview_request(preview_mode=name)
    assert b"<pre" in response.content
    assert b"NEWS of the shop" in response.content


def test_a_preview_runs_no_script(campaign):
    response = campaign.make_preview_request()
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_unknown_modes_show_everyone_else():
    assert preview.Mode.named("nonsense/x") == preview.Mode()


def test_an_exclusion_segment_leaves_a_named_contact_the_default(
    campaign, guest, lunch, owner
):
    angry = factories.SegmentFactory(key="angry", excludes_always=True)
    assert preview.reader_of(guest(lunch), user=owner).segments == {lunch.pk}
    assert preview.reader_of(guest(lunch, angry), user=owner).segments == frozenset()


def test_a_named_contact_tells_nothing_sensitive_to_who_may_not_know(
    campaign, guest, lunch, owner, role
):
    person = guest(lunch)
    type(lunch).objects.update(reads_sensitive=True)
    assert preview.reader_of(person, user=owner).segments == {lunch.pk}
    assert preview.reader_of(person, user=role("marketer")).segments == frozenset()


def test_no_mode_names_a_sensitive_segment(campaign, lunch):
    type(lunch).objects.filter(pk=lunch.pk).update(reads_sensitive=True)
    labels = " ".join(label for _name, label in campaign.preview_modes)
    assert "Lunch guests" not in labels
    assert f"As sensitive segment no. {lunch.pk}" in labels
