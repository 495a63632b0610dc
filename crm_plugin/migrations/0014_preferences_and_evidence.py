"""Preferences stand in the ledger of consents; a link to them can be asked for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm_plugin", "0013_basis_of_claims")]

    operations = [
        migrations.CreateModel(
            name="LinkRequest",
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
                ("address_norm", models.CharField(max_length=320, unique=True)),
                ("language", models.CharField(blank=True, max_length=10)),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "request for a link",
                "verbose_name_plural": "requests for a link",
            },
        ),
        migrations.AlterModelOptions(
            name="consentevent",
            options={
                "permissions": [
                    (
                        "export_consentevent",
                        "Can read and export the evidence of consents",
                    )
                ],
                "verbose_name": "consent event",
                "verbose_name_plural": "consent events",
            },
        ),
        migrations.AlterField(
            model_name="consentevent",
            name="action",
            field=models.CharField(
                choices=[
                    ("ask", "asked for"),
                    ("grant", "granted"),
                    ("confirm", "confirmed"),
                    ("withdraw", "withdrawn"),
                    ("object", "objected"),
                    ("attest", "stated at import"),
                    ("expire", "expired"),
                    ("merge", "settled when records were merged"),
                    ("prefer", "preferences changed"),
                ],
                max_length=10,
                verbose_name="action",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("no_consent", "no consent"),
                    ("suppressed", "unsubscribed or undeliverable"),
                    ("no_address", "no address"),
                    ("same_address", "address already gets this message"),
                    ("open_inquiry", "an inquiry or complaint is open"),
                    ("paused", "asked for a pause"),
                    ("digest", "held for the weekly or monthly digest"),
                    ("cap", "had enough messages lately"),
                    ("excluded", "in an excluded segment"),
                    ("cancelled", "mailing taken back"),
                    ("holdout", "comparison group"),
                    ("erased", "record gone"),
                ],
                max_length=14,
                verbose_name="reason",
            ),
        ),
    ]
