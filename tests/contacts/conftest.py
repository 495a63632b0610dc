import pytest

from tests import factories

pytest.register_assert_rewrite("tests.contacts.lives")


@pytest.fixture
def occasion(db):
    """A choice attribute with two answers."""
    definition = factories.AttributeFactory(
        key="occasion", label="Occasion", label_ja="ご利用シーン"
    )
    definition.choices.create(key="family", label="Family", label_ja="家族", order=1)
    definition.choices.create(
        key="business", label="Business", label_ja="接待", order=2
    )
    return definition


@pytest.fixture
def likes(db):
    """An attribute with several answers at once."""
    definition = factories.AttributeFactory(
        key="likes", label="Likes", type="multi_choice"
    )
    definition.choices.create(key="lunch", label="Lunch", label_ja="ランチ", order=1)
    definition.choices.create(
        key="dinner", label="Dinner", label_ja="ディナー", order=2
    )
    return definition


@pytest.fixture
def allergies(db):
    """A sensitive attribute."""
    return factories.AttributeFactory(
        key="allergies",
        label="Allergies",
        type="text",
        sensitive=True,
        purpose="So that nobody falls ill",
    )
