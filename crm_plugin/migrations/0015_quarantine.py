from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm_plugin", "0014_preferences_and_evidence"),
    ]

    operations = [
        migrations.CreateModel(
            name="PostCount",
            fields=[
                (
                    "key",
                    models.CharField(max_length=80, primary_key=True, serialize=False),
                ),
                ("count", models.PositiveIntegerField(default=0)),
                ("until", models.DateTimeField(db_index=True)),
            ],
            options={
                "verbose_name": "count of posts",
                "verbose_name_plural": "counts of posts",
            },
        ),
        migrations.AddField(
            model_name="submission",
            name="judged_at",
            field=models.DateTimeField(
                blank=True, help_text="When staff said that it is spam.", null=True
            ),
        ),
        migrations.AddField(
            model_name="submission",
            name="released_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When staff let it out of the quarantine.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="submission",
            name="state",
            field=models.CharField(
                choices=[
                    ("stored", "stored"),
                    ("taken_in", "taken in, mail follows"),
                    ("processed", "processed"),
                    ("held", "held as suspected spam"),
                    ("failed", "needs attention"),
                    ("spam", "spam, will be deleted"),
                ],
                default="stored",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("state__in", ["held", "failed", "spam"])),
                fields=["state", "received_at"],
                name="crm_submission_waits",
            ),
        ),
    ]
