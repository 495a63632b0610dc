import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm_plugin", "0016_site_visits"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [
        migrations.CreateModel(
            name="PageLinkRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("address", models.CharField(max_length=320)),
                ("page_id", models.BigIntegerField()),
                ("language", models.CharField(blank=True, max_length=10)),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "request for a link",
                "verbose_name_plural": "requests for a link",
            },
        ),
        migrations.CreateModel(
            name="SegmentRestriction",
            fields=[],
            options={
                "verbose_name": "members' page",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("wagtailcore.pageviewrestriction",),
        ),
        migrations.CreateModel(
            name="MembersOnly",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("seal", models.CharField(max_length=64)),
                (
                    "excluded",
                    models.ManyToManyField(
                        blank=True,
                        related_name="+",
                        to="crm_plugin.segment",
                        verbose_name="but not for members of",
                    ),
                ),
                (
                    "restriction",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="crm_members",
                        to="wagtailcore.pageviewrestriction",
                    ),
                ),
                (
                    "segments",
                    models.ManyToManyField(
                        related_name="+",
                        to="crm_plugin.segment",
                        verbose_name="for members of",
                    ),
                ),
            ],
            options={
                "verbose_name": "members' page",
                "verbose_name_plural": "members' pages",
            },
        ),
        migrations.CreateModel(
            name="MemberView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("page_id", models.BigIntegerField()),
                (
                    "page_title",
                    models.CharField(blank=True, max_length=255, verbose_name="page"),
                ),
                ("page_url", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField(db_index=True, verbose_name="at")),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="member_views",
                        to="crm_plugin.contact",
                        verbose_name="contact",
                    ),
                ),
            ],
            options={
                "verbose_name": "view of a members' page",
                "verbose_name_plural": "views of members' pages",
            },
        ),
    ]
