"""Rules about products, ways of paying, first and last purchases, and RFM scores."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from crm_plugin import models, rules
from crm_plugin.sales import summaries
from crm_plugin.segments.ready_made import condition
from tests import factories

pytestmark = pytest.mark.django_db
EVER = {"when": "ever"}
ANY = {f"{name}_from": 1 for name in ("recency", "frequency", "monetary")}
ANY |= {f"{name}_to": 5 for name in ("recency", "frequency", "monetary")}


def chosen(name, /, **value):
    rule = [condition(name, **value)]
    assert rules.problems(rule) == []
    assert rules.sentence(rule)
    return set(rules.compile_rule(rule))


def bought(*amounts, contact=None, days_ago=10, product=None, **said):
    contact = contact or factories.ContactFactory()
    for amount in amounts:
        at = timezone.now() - dt.timedelta(days=days_ago)
        purchase = factories.PurchaseFactory(
            contact=contact, at=at, amount=amount, **said
        )
        purchase.lines.create(name="x", amount=amount, product=product)
    summaries.recompute([contact.pk])
    return contact.pk


class TestPurchases:
    def test_of_a_product(self):
        cake, tea = (
            models.Product.objects.create(code=code, name=code.title())
            for code in ("cake", "tea")
        )
        eater = bought(500, product=cake)
        bought(500, product=tea)
        said = {"measure": "count", "how": "at_least", "number": Decimal(1), **EVER}
        assert chosen("purchases", product="cake", **said) == {eater}
        assert rules.sentence([condition("purchases", product="cake", **said)]) == (
            "People with at least 1 purchase (Cake)"
        )

    def test_by_channel_and_payment_of_one_purchase(self):
        both = bought(500, channel="web", payment="card")
        split = bought(500, channel="web", payment="cash")
        bought(
            500,
            contact=models.Contact.objects.get(pk=split),
            channel="shop",
            payment="card",
        )
        said = {"measure": "count", "how": "at_least", "number": Decimal(1), **EVER}
        ways = {"channel": "web", "payment": "card"}
        assert chosen("purchases", **ways, **said) == {both}

    def test_sales_per_purchase_are_net_of_returns(self):
        high, low = bought(1_000, 3_000), bought(1_000, 3_000, -500)
        factories.ContactFactory()
        said = {"measure": "average", "number": Decimal(2_000), **EVER}
        assert chosen("purchases", how="at_least", **said) == {high}
        below = {**said, "number": Decimal(1_999)}
        assert chosen("purchases", how="at_most", **below) == {low}

    @pytest.mark.parametrize(
        ("measure", "number", "whom"),
        [
            ("count", 2, {"twice"}),
            ("count", 0, {"never"}),
            ("sum", Decimal("0.30"), {"twice"}),
            ("sum", 0, {"never", "gave_back"}),
            ("average", Decimal("0.15"), {"twice"}),
        ],
    )
    def test_exactly_so_many_or_so_much(self, measure, number, whom):
        people = {
            "twice": bought(Decimal("0.1"), Decimal("0.2")),
            "thrice": bought(1, 1, 1),
            "never": factories.ContactFactory().pk,
            "gave_back": bought(500, -500),
        }
        said = {"measure": measure, "how": "exactly", "number": number, **EVER}
        found = chosen("purchases", **said)
        assert {name for name, pk in people.items() if pk in found} == whom


class TestFirstAndLast:
    def test_not_since_with_and_without_those_who_never_bought(self):
        late, lately = bought(500, days_ago=100), bought(500, days_ago=5)
        never = factories.ContactFactory().pk
        said = {"which": "last", "when": "before", "days": 90}
        assert chosen("purchase_day", **said) == {late}
        assert chosen("purchase_day", or_never=True, **said) == {late, never}
        assert lately in chosen("purchase_day", **{**said, "when": "last"})

    def test_what_was_bought_first_and_when(self):
        lunch = factories.CategoryFactory(key="lunch")
        contact = factories.ContactFactory()
        first = factories.PurchaseFactory(
            contact=contact, at=timezone.now() - dt.timedelta(days=30)
        )
        first.lines.create(name="Set", amount=1_200, category=lunch)
        bought(500, contact=contact)
        for which in ("first", "began"):
            said = {"which": which, "category": "lunch", "when": "last"}
            assert chosen("purchase_day", days=30, **said) == {contact.pk}
            assert chosen("purchase_day", days=29, **said) == set()

    @pytest.fixture
    def wine_then_tea(self):
        """Somebody who bought wine twice, and then tea, which is of no category."""
        factories.CategoryFactory(key="wine", name="Wine")
        contact = factories.ContactFactory()
        sold(contact, "wine", days_ago=200)
        sold(contact, "wine", days_ago=100)
        sold(contact, "tea", days_ago=5)
        return contact.pk

    @pytest.mark.parametrize("of", [{"category": "wine"}, {"product": "wine"}])
    def test_the_last_of_a_category_or_product_is_not_the_last_of_all(
        self, wine_then_tea, of
    ):
        never = bought(500, days_ago=5)
        said = {"which": "last", "when": "before", "days": 90, **of}
        assert chosen("purchase_day", **said) == {wine_then_tea}
        assert chosen("purchase_day", or_never=True, **said) == {wine_then_tea, never}
        assert chosen("purchase_day", **{**said, "days": 100}) == set()
        assert (
            chosen("purchase_day", **{**said, "category": "", "product": ""}) == set()
        )

    @pytest.mark.parametrize(
        ("product", "days"), [("wine", (200, 100)), ("tea", (5, 5))]
    )
    def test_the_first_and_the_last_of_a_product(self, wine_then_tea, product, days):
        for which, ago in zip(("first", "last"), days, strict=True):
            said = {"which": which, "product": product, "when": "ago"}
            found = chosen("purchase_day", days=ago, days_to=ago, **said)
            assert found == {wine_then_tea}
            later = {"days": ago + 1, "days_to": 1_000}
            assert chosen("purchase_day", **later, **said) == set()

    def test_what_is_given_back_was_not_bought_then(self, wine_then_tea):
        contact = models.Contact.objects.get(pk=wine_then_tea)
        sold(contact, "wine", days_ago=1, amount=-500)
        said = {"which": "last", "product": "wine", "when": "last", "days": 99}
        assert chosen("purchase_day", **said) == set()

    def test_who_began_with_something_else_did_not_begin_with_it(self):
        factories.CategoryFactory(key="wine")
        contact = factories.ContactFactory()
        sold(contact, "tea", days_ago=20)
        sold(contact, "wine", days_ago=10)
        said = {"category": "wine", "when": "ever"}
        assert chosen("purchase_day", which="first", **said) == {contact.pk}
        assert chosen("purchase_day", which="began", **said) == set()

    def test_what_they_began_with_must_be_named(self):
        rule = [condition("purchase_day", which="began", when="ever")]
        assert rules.why_broken(rule)

    def test_it_says_what_decided(self, wine_then_tea):
        said = {"which": "first", "product": "wine", "when": "ever"}
        line = rules.explain([condition("purchase_day", **said)], wine_then_tea)
        assert line.holds
        assert "wine" in str(line)


def sold(contact, name, *, days_ago, amount=500):
    """A purchase of one line, of the category of the same name where there is one."""
    product, _new = models.Product.objects.get_or_create(
        code=name, defaults={"name": name}
    )
    at = timezone.now() - dt.timedelta(days=days_ago)
    purchase = factories.PurchaseFactory(contact=contact, at=at, amount=amount)
    category = models.ProductCategory.objects.filter(key=name).first()
    purchase.lines.create(name=name, amount=amount, product=product, category=category)
    summaries.recompute([contact.pk])


class TestRfm:
    def test_ten_customers_make_five_pairs(self):
        pks = [bought(*[100] * (n + 1), days_ago=300 - n) for n in range(10)]
        for score in range(1, 6):
            pair = set(pks[(score - 1) * 2 : score * 2])
            for name in ("recency", "frequency", "monetary"):
                one = {f"{name}_from": score, f"{name}_to": score}
                assert chosen("rfm", **{**ANY, **one}) == pair

    def test_equals_score_alike_and_the_better_score(self):
        pks = {bought(100, days_ago=9) for _number in range(7)}
        best = {"frequency_from": 5, "recency_from": 5, "monetary_from": 5}
        assert chosen("rfm", **{**ANY, **best}) == pks

    def test_who_did_not_buy_for_a_year_has_no_score(self):
        recent, _old = bought(100, days_ago=364), bought(100, days_ago=365)
        assert chosen("rfm", **{**ANY, "recency_from": 2}) == {recent}

    def test_who_gave_all_back_scores_least_in_sales(self):
        even = bought(100, -100)
        rich = bought(9_000)
        assert chosen("rfm", **{**ANY, "monetary_to": 1}) == {even}
        assert chosen("rfm", **{**ANY, "monetary_from": 2}) == {rich}

    def test_without_any_sales_nobody_scores(self):
        factories.ContactFactory()
        assert chosen("rfm", **{**ANY, "recency_from": 5}) == set()
        assert chosen("rfm", **{**ANY, "recency_to": 1}) == set()

    def test_it_says_the_narrowed_scores(self):
        narrowed = {**ANY, "recency_from": 4, "monetary_from": 5}
        assert rules.sentence([condition("rfm", **narrowed)]) == (
            "People with RFM score: recency 4–5, sales 5"
        )

    def test_the_year_moves_on(self, time_machine):
        contact = bought(100, -100, days_ago=364)
        assert models.ContactSales.objects.get(pk=contact).count_365 == 1
        time_machine.move_to(timezone.now() + dt.timedelta(days=1))
        summaries.move_window()
        assert models.ContactSales.objects.get(pk=contact).count_365 == 0

    def test_a_summary_from_before_the_count_is_counted(self):
        contact = bought(100, -100)
        rows = models.ContactSales.objects.filter(pk=contact)
        rows.update(count_365=0, counted_on=dt.date(2000, 1, 1))
        summaries.move_window()
        assert rows.get().count_365 == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("best", {"percent": 50, "measure": "sales"}),
        ("purchases", {"measure": "sum", "how": "at_least", "number": 1_000, **EVER}),
        ("rfm", {**ANY, "monetary_to": 4}),
    ],
)
def test_why_tells_amounts_as_money(name, value):
    pk = bought(1_200, 300)
    told = rules.explain([condition(name, **value)], pk)
    assert any("¥1,500" in line.fact for line in told.lines)
