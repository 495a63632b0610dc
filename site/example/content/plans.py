"""The club of Hinata's regulars: three levels, and who came to which when."""

import datetime as dt
import random

from django.utils import timezone

from crm_plugin import models as m
from crm_plugin.sales import plans

MEMBERS = 60
LEVELS = [
    ("regular", "Regular", "レギュラー", 10),
    ("silver", "Silver", "シルバー", 20),
    ("gold", "Gold", "ゴールド", 30),
]
UP = ["お誕生日月の特典が決め手", "ご家族の会で使いたい", ""]
DOWN = "引っ越しで足が遠のく"


def build_plans(rng: random.Random, people: list[m.Contact]) -> None:
    """Most began at the lowest level; some rose, a few stepped back or left."""
    levels = [
        m.Plan.objects.get_or_create(
            key=key, defaults={"name": name, "name_ja": name_ja, "rank": rank}
        )[0]
        for key, name, name_ja, rank in LEVELS
    ]
    today = timezone.localdate()
    for guest in rng.sample(people, MEMBERS):
        day = today - dt.timedelta(days=rng.randint(200, 900))
        way = rng.choice([[0], [0], [0, 1], [0, 1, 2], [1], [1, 2], [1, 0]])
        for number, step in enumerate(way):
            down = number and step < way[number - 1]
            note = DOWN if down else rng.choice(UP)
            plans.take(guest, levels[step], on=day, by=None, note=note)
            day = min(day + dt.timedelta(days=rng.randint(60, 300)), today)
        if rng.random() < 0.12:
            plans.end(guest, today - dt.timedelta(days=rng.randint(1, 50)), by=None)
