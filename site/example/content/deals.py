"""Catering that firms are asking for: deals in every stage, some won and some lost."""

import datetime as dt
import random
from decimal import Decimal

from django.utils import timezone

from crm_plugin import models as m
from crm_plugin.sales import deals

from .history import moment

# What it is, how much, how long ago it began, and the stages it went through.
PLANS = [
    ("歓送迎会の仕出し 30名", 120_000, 3, ["inquiry"]),
    ("会議のお弁当 毎週15個", 78_000, 1, ["inquiry"]),
    ("創立記念パーティー 60名", 360_000, 12, ["inquiry", "proposal"]),
    ("社員食堂の日替わり弁当", 540_000, 26, ["inquiry", "proposal"]),
    ("展示会の昼食 25名×3日", 97_500, 18, ["inquiry", "proposal", "quote"]),
    ("研修会の昼食 40名", 52_000, 9, ["inquiry", "quote"]),
    ("忘年会の貸切 35名", 210_000, 33, ["inquiry", "proposal", "quote", "negotiation"]),
    ("定例会のお弁当 10個", 13_000, 40, ["inquiry", "quote", "won"]),
    ("株主総会のお弁当 50個", 65_000, 52, ["inquiry", "proposal", "quote", "won"]),
    ("竣工式の折詰 80名", 280_000, 61, ["inquiry", "proposal", "lost"]),
    ("新年会の仕出し 20名", 90_000, 35, ["inquiry", "quote", "lost"]),
]
WHY = [("price", "他店の見積が1割安かった"), ("date", "会場の都合で日程が変わった")]
NEXT = ["見積書を送る", "献立の案を持って伺う", "人数の確認の電話"]


def build_deals(rng: random.Random) -> None:
    """Each with somebody who belongs to a firm, a colleague involved in some."""
    staff = m.Deal._meta.get_field("owner").related_model.objects.filter(
        username="staff"
    )
    owner = staff.first()
    stages = {stage.key: stage for stage in m.DealStage.objects.all()}
    places = m.Affiliation.objects.select_related("contact", "organisation")
    members = rng.sample(list(places.order_by("pk")), len(PLANS))
    reasons = iter(WHY)
    for number, (plan, place) in enumerate(zip(PLANS, members, strict=True)):
        title, amount, days, way = plan
        deal = deals.open_deal(
            title,
            contact=place.contact,
            organisation=place.organisation,
            amount=Decimal(amount),
            owner=owner if number % 3 else None,
            category=m.ProductCategory.objects.get(key="takeaway"),
            opened_at=moment(days, 10),
            expected_on=timezone.localdate() + dt.timedelta(days=7 + number * 5),
            by=owner,
        )
        step = max(days // (len(way) + 1), 1)
        for turn, key in enumerate(way[1:], start=1):
            _go(deal, stages[key], moment(max(days - turn * step, 0), 15), reasons)
        _around(rng, deal, number, days)


def _go(deal: m.Deal, stage: m.DealStage, at: dt.datetime, reasons) -> None:
    at = min(max(at, deal.opened_at), timezone.now())
    if stage.kind == m.DealStage.Kind.OPEN:
        deals.move_deal(deal, stage, at=at, by=deal.owner)
    elif stage.kind == m.DealStage.Kind.WON:
        sale = deals.sale_of(
            deal, deal.amount, at=at, channel="phone", payment="invoice"
        )
        deals.win(deal, stage=stage, at=at, sale=sale, by=deal.owner)
    else:
        key, note = next(reasons)
        reason = m.LostReason.objects.get(key=key)
        deals.lose(deal, reason, note=note, stage=stage, at=at, by=deal.owner)


def _around(rng: random.Random, deal: m.Deal, number: int, days: int) -> None:
    """A call when it began, a visit for the larger ones, and what comes next."""
    m.Touchpoint.objects.create(
        contact=deal.contact, kind="call", channel="phone", direction="in",
        at=deal.opened_at + dt.timedelta(minutes=20), phase="sales", by=deal.owner,
        summary="ご相談の電話", body="日にちと人数、ご予算を伺った。「予算は一人1,500円ほど」とのこと。",
    )  # fmt: skip
    if deal.amount > 100_000 and days > 5:
        m.Touchpoint.objects.create(
            contact=deal.contact, kind="visit", channel="shop", direction="both",
            at=deal.opened_at + dt.timedelta(days=4), phase="sales", by=deal.owner,
            summary="献立の打ち合わせ", body="試食をしていただいた。「焼き魚をもう少し大きく」とのご希望。",
        )  # fmt: skip
    colleague = (
        m.Affiliation.objects.filter(organisation=deal.organisation)
        .exclude(contact=deal.contact)
        .first()
    )
    if colleague and number % 2:
        deals.involve(deal, colleague.contact, "decides", by=deal.owner)
    if not deal.closed_at and number % 2 == 0:
        m.FollowUp.objects.create(
            contact=deal.contact,
            due_on=timezone.localdate() + dt.timedelta(days=rng.randint(1, 9)),
            what=NEXT[number % len(NEXT)],
            channel="phone",
            phase="sales",
            owner=deal.owner,
        )
