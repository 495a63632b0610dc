"""Forty invented firms: who works there, what they do, what they have ordered."""

import datetime as dt
import random

from django.utils import timezone

from crm_plugin import models as m
from crm_plugin import normalise
from crm_plugin.contacts import values

from .history import moment
from .names import FIRMS
from .shop import PRODUCTS

MEMBERS = 90
DEPARTMENTS = ["総務部", "営業部"]
BOXES = [product for product in PRODUCTS if product[2] == "takeaway"]


def build_firms(rng: random.Random, people: list[m.Contact]) -> None:
    """Firms with departments and people, and the boxed lunches they ordered."""
    phones = [f"0166-{rng.randint(20, 79)}-{rng.randint(1000, 9999)}" for _ in FIRMS]
    firms = m.Organisation.objects.bulk_create(
        m.Organisation(
            name=name,
            name_norm=normalise.organisation(name),
            phone=phone,
            phone_norm=normalise.phone(phone),
            postal_code=f"070-{rng.randint(1, 9000):04}",
            address=f"北海道旭川市{rng.randint(1, 10)}条通{rng.randint(5, 20)}丁目",
        )
        for name, phone in zip(FIRMS, phones, strict=True)
    )
    _industries(rng, firms)
    affiliations = _affiliations(rng, firms, rng.sample(people, MEMBERS))
    _orders(rng, rng.sample(affiliations, 24))
    _known(firms[:12])
    _roles(affiliations)


def _industries(rng: random.Random, firms: list[m.Organisation]) -> None:
    industry = m.AttributeDefinition.objects.get(key="industry")
    choices = list(industry.choices.all())
    m.OrganisationValue.objects.bulk_create(
        m.OrganisationValue(owner=firm, definition=industry, choice=rng.choice(choices))
        for firm in firms
        if rng.random() < 0.8
    )


def _known(firms: list[m.Organisation]) -> None:
    """What the counter has heard of the larger firms, year by year."""
    rng = random.Random(2026)
    this = timezone.localdate().year
    said = {}
    for firm in firms:
        staff, sales = rng.randint(8, 120), rng.randint(40, 900) * 1_000_000
        years = {"employees": {}, "sales": {}, "profit": {}}
        for year in range(this - 6, this):
            years["employees"][str(year)] = staff
            years["sales"][str(year)] = sales
            years["profit"][str(year)] = int(sales * rng.uniform(0.01, 0.09))
            staff += rng.randint(-2, 6)
            sales = int(sales * rng.uniform(0.94, 1.12) // 1_000_000) * 1_000_000
        said[firm.pk] = {
            **years,
            "year-note": {str(this - 1): "本社を移転"},
            "sites": rng.randint(1, 6),
            "rank": rng.randint(1, 30),
            "mission": "地域の暮らしを支える",
            "decision-process": "総務部で見積りを比べ、部長が決めます。",
        }
    values.write(said, noun="organisation", by=None)
    parts = m.Department.objects.filter(organisation__in=firms)
    budgets = {row.pk: rng.randint(2, 20) * 100_000 for row in parts}
    values.write(
        {pk: {"department-budget": budget} for pk, budget in budgets.items()},
        noun="department",
        by=None,
    )


def _roles(places: list[m.Affiliation]) -> None:
    """Since when, with what budget; a few have left."""
    rng, today = random.Random(2027), timezone.localdate()
    for number, place in enumerate(places):
        place.started_on = today - dt.timedelta(days=rng.randint(300, 3_000))
        if place.authority == "decides":
            place.budget = rng.randint(3, 30) * 100_000
        if number % 9 == 8:
            place.ended_on = today - dt.timedelta(days=rng.randint(10, 200))
    m.Affiliation.objects.bulk_update(places, ["started_on", "ended_on", "budget"])


def _affiliations(
    rng: random.Random, firms: list[m.Organisation], members: list[m.Contact]
) -> list[m.Affiliation]:
    departments = m.Department.objects.bulk_create(
        m.Department(organisation=firm, name=name)
        for firm in firms[:20]
        for name in DEPARTMENTS
    )
    inside = {
        firm.pk: [d for d in departments if d.organisation == firm] for firm in firms
    }
    rows = []
    for number, person in enumerate(members):
        firm = firms[number % len(firms)]
        rows.append(
            m.Affiliation(
                contact=person,
                organisation=firm,
                department=rng.choice([*inside[firm.pk], None]),
                title=rng.choice(["総務課長", "部長", "秘書", "店長", ""]),
                authority=rng.choice(["decides", "influences", "uses", ""]),
            )
        )
    return m.Affiliation.objects.bulk_create(rows)


def _orders(rng: random.Random, buyers: list[m.Affiliation]) -> None:
    """Boxed lunches on invoice, once or a few times a year."""
    category = m.ProductCategory.objects.get(key="takeaway")
    products = {product.code: product for product in m.Product.objects.all()}
    purchases, lines = [], []
    for buyer in buyers:
        first = rng.randint(3, 60)
        for days in range(first, first + rng.randint(1, 4) * 80, 80):
            code, name, _key, price = rng.choice(BOXES)
            count = rng.choice([10, 12, 15, 20])
            at = moment(days, 11)
            purchase = m.Purchase(
                contact=buyer.contact,
                organisation=buyer.organisation,
                at=at,
                on=at.date(),
                channel="phone",
                payment="invoice",
                amount=price * count,
            )
            purchases.append(purchase)
            lines.append(
                m.PurchaseLine(
                    purchase=purchase,
                    product=products[code],
                    category=category,
                    name=name,
                    quantity=count,
                    amount=price * count,
                )
            )
    m.Purchase.objects.bulk_create(purchases)
    m.PurchaseLine.objects.bulk_create(lines)
