import django.core.validators
import django.db.models.deletion
import modelcluster.fields
import wagtail.contrib.forms.models
import wagtail.fields
from django.conf import settings
from django.db import migrations, models

import crm_plugin.forms.feedback
import crm_plugin.forms.serving


class Migration(migrations.Migration):
    dependencies = [
        ("crm_plugin", "0011_form_pages"),
        ("example", "0001_initial"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [
        migrations.AddField(
            model_name="bookingformfield",
            name="file_kinds",
            field=models.CharField(
                blank=True,
                choices=[
                    ("image", "pictures"),
                    ("pdf", "PDF"),
                    ("image_pdf", "pictures and PDF"),
                    ("document", "documents (PDF, Word, Excel, PowerPoint, text)"),
                    ("any", "pictures and documents"),
                ],
                max_length=12,
                verbose_name="kinds of files",
            ),
        ),
        migrations.AddField(
            model_name="bookingformfield",
            name="leave_out",
            field=models.BooleanField(
                default=False,
                help_text="Not asked of somebody who came by a personal link, confirmed in this browser, and whose record holds it.",
                verbose_name="leave out when known",
            ),
        ),
        migrations.AddField(
            model_name="bookingformfield",
            name="max_mb",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(50),
                ],
                verbose_name="largest file (MB)",
            ),
        ),
        migrations.AddField(
            model_name="bookingformfield",
            name="only_if",
            field=models.CharField(
                blank=True,
                help_text="The label of a field further up. Empty: always asked.",
                max_length=255,
                verbose_name="only if the field",
            ),
        ),
        migrations.AddField(
            model_name="bookingformfield",
            name="only_if_value",
            field=models.TextField(
                blank=True,
                help_text="One in each line. Empty: any answer will do.",
                verbose_name="has the answer",
            ),
        ),
        migrations.AddField(
            model_name="bookingformfield",
            name="wordings",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Kept as evidence exactly as it stood when somebody agreed.",
                verbose_name="wording of each topic",
            ),
        ),
        migrations.AddField(
            model_name="cateringformfield",
            name="file_kinds",
            field=models.CharField(
                blank=True,
                choices=[
                    ("image", "pictures"),
                    ("pdf", "PDF"),
                    ("image_pdf", "pictures and PDF"),
                    ("document", "documents (PDF, Word, Excel, PowerPoint, text)"),
                    ("any", "pictures and documents"),
                ],
                max_length=12,
                verbose_name="kinds of files",
            ),
        ),
        migrations.AddField(
            model_name="cateringformfield",
            name="leave_out",
            field=models.BooleanField(
                default=False,
                help_text="Not asked of somebody who came by a personal link, confirmed in this browser, and whose record holds it.",
                verbose_name="leave out when known",
            ),
        ),
        migrations.AddField(
            model_name="cateringformfield",
            name="max_mb",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(50),
                ],
                verbose_name="largest file (MB)",
            ),
        ),
        migrations.AddField(
            model_name="cateringformfield",
            name="only_if",
            field=models.CharField(
                blank=True,
                help_text="The label of a field further up. Empty: always asked.",
                max_length=255,
                verbose_name="only if the field",
            ),
        ),
        migrations.AddField(
            model_name="cateringformfield",
            name="only_if_value",
            field=models.TextField(
                blank=True,
                help_text="One in each line. Empty: any answer will do.",
                verbose_name="has the answer",
            ),
        ),
        migrations.AddField(
            model_name="cateringformfield",
            name="wordings",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Kept as evidence exactly as it stood when somebody agreed.",
                verbose_name="wording of each topic",
            ),
        ),
        migrations.AddField(
            model_name="inquiryformfield",
            name="file_kinds",
            field=models.CharField(
                blank=True,
                choices=[
                    ("image", "pictures"),
                    ("pdf", "PDF"),
                    ("image_pdf", "pictures and PDF"),
                    ("document", "documents (PDF, Word, Excel, PowerPoint, text)"),
                    ("any", "pictures and documents"),
                ],
                max_length=12,
                verbose_name="kinds of files",
            ),
        ),
        migrations.AddField(
            model_name="inquiryformfield",
            name="leave_out",
            field=models.BooleanField(
                default=False,
                help_text="Not asked of somebody who came by a personal link, confirmed in this browser, and whose record holds it.",
                verbose_name="leave out when known",
            ),
        ),
        migrations.AddField(
            model_name="inquiryformfield",
            name="max_mb",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(50),
                ],
                verbose_name="largest file (MB)",
            ),
        ),
        migrations.AddField(
            model_name="inquiryformfield",
            name="only_if",
            field=models.CharField(
                blank=True,
                help_text="The label of a field further up. Empty: always asked.",
                max_length=255,
                verbose_name="only if the field",
            ),
        ),
        migrations.AddField(
            model_name="inquiryformfield",
            name="only_if_value",
            field=models.TextField(
                blank=True,
                help_text="One in each line. Empty: any answer will do.",
                verbose_name="has the answer",
            ),
        ),
        migrations.AddField(
            model_name="inquiryformfield",
            name="wordings",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Kept as evidence exactly as it stood when somebody agreed.",
                verbose_name="wording of each topic",
            ),
        ),
        migrations.AddField(
            model_name="signupformfield",
            name="file_kinds",
            field=models.CharField(
                blank=True,
                choices=[
                    ("image", "pictures"),
                    ("pdf", "PDF"),
                    ("image_pdf", "pictures and PDF"),
                    ("document", "documents (PDF, Word, Excel, PowerPoint, text)"),
                    ("any", "pictures and documents"),
                ],
                max_length=12,
                verbose_name="kinds of files",
            ),
        ),
        migrations.AddField(
            model_name="signupformfield",
            name="leave_out",
            field=models.BooleanField(
                default=False,
                help_text="Not asked of somebody who came by a personal link, confirmed in this browser, and whose record holds it.",
                verbose_name="leave out when known",
            ),
        ),
        migrations.AddField(
            model_name="signupformfield",
            name="max_mb",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(50),
                ],
                verbose_name="largest file (MB)",
            ),
        ),
        migrations.AddField(
            model_name="signupformfield",
            name="only_if",
            field=models.CharField(
                blank=True,
                help_text="The label of a field further up. Empty: always asked.",
                max_length=255,
                verbose_name="only if the field",
            ),
        ),
        migrations.AddField(
            model_name="signupformfield",
            name="only_if_value",
            field=models.TextField(
                blank=True,
                help_text="One in each line. Empty: any answer will do.",
                verbose_name="has the answer",
            ),
        ),
        migrations.AddField(
            model_name="signupformfield",
            name="wordings",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Kept as evidence exactly as it stood when somebody agreed.",
                verbose_name="wording of each topic",
            ),
        ),
        migrations.AlterField(
            model_name="bookingformfield",
            name="field_type",
            field=models.CharField(
                choices=[
                    ("singleline", "Single line text"),
                    ("multiline", "Multi-line text"),
                    ("email", "Email"),
                    ("number", "Number"),
                    ("url", "URL"),
                    ("checkbox", "Checkbox"),
                    ("checkboxes", "Checkboxes"),
                    ("dropdown", "Drop down"),
                    ("multiselect", "Multiple select"),
                    ("radio", "Radio buttons"),
                    ("date", "Date"),
                    ("datetime", "Date/time"),
                    ("hidden", "Hidden field"),
                    ("phone", "Phone number"),
                    ("kana", "Kana (reading of a name)"),
                    ("postal", "Postal address"),
                    ("birth", "Date of birth"),
                    ("organisation", "Organisation"),
                    ("mapped", "Attribute or other CRM field, as it needs it"),
                    ("topics", "Topics to subscribe to"),
                    ("stars", "Stars (1 to 5)"),
                    ("nps", "Would recommend us (0 to 10)"),
                    ("file", "File"),
                    ("page", "New page"),
                ],
                max_length=16,
                verbose_name="field type",
            ),
        ),
        migrations.AlterField(
            model_name="cateringformfield",
            name="field_type",
            field=models.CharField(
                choices=[
                    ("singleline", "Single line text"),
                    ("multiline", "Multi-line text"),
                    ("email", "Email"),
                    ("number", "Number"),
                    ("url", "URL"),
                    ("checkbox", "Checkbox"),
                    ("checkboxes", "Checkboxes"),
                    ("dropdown", "Drop down"),
                    ("multiselect", "Multiple select"),
                    ("radio", "Radio buttons"),
                    ("date", "Date"),
                    ("datetime", "Date/time"),
                    ("hidden", "Hidden field"),
                    ("phone", "Phone number"),
                    ("kana", "Kana (reading of a name)"),
                    ("postal", "Postal address"),
                    ("birth", "Date of birth"),
                    ("organisation", "Organisation"),
                    ("mapped", "Attribute or other CRM field, as it needs it"),
                    ("topics", "Topics to subscribe to"),
                    ("stars", "Stars (1 to 5)"),
                    ("nps", "Would recommend us (0 to 10)"),
                    ("file", "File"),
                    ("page", "New page"),
                ],
                max_length=16,
                verbose_name="field type",
            ),
        ),
        migrations.AlterField(
            model_name="inquiryformfield",
            name="field_type",
            field=models.CharField(
                choices=[
                    ("singleline", "Single line text"),
                    ("multiline", "Multi-line text"),
                    ("email", "Email"),
                    ("number", "Number"),
                    ("url", "URL"),
                    ("checkbox", "Checkbox"),
                    ("checkboxes", "Checkboxes"),
                    ("dropdown", "Drop down"),
                    ("multiselect", "Multiple select"),
                    ("radio", "Radio buttons"),
                    ("date", "Date"),
                    ("datetime", "Date/time"),
                    ("hidden", "Hidden field"),
                    ("phone", "Phone number"),
                    ("kana", "Kana (reading of a name)"),
                    ("postal", "Postal address"),
                    ("birth", "Date of birth"),
                    ("organisation", "Organisation"),
                    ("mapped", "Attribute or other CRM field, as it needs it"),
                    ("topics", "Topics to subscribe to"),
                    ("stars", "Stars (1 to 5)"),
                    ("nps", "Would recommend us (0 to 10)"),
                    ("file", "File"),
                    ("page", "New page"),
                ],
                max_length=16,
                verbose_name="field type",
            ),
        ),
        migrations.AlterField(
            model_name="signupformfield",
            name="field_type",
            field=models.CharField(
                choices=[
                    ("singleline", "Single line text"),
                    ("multiline", "Multi-line text"),
                    ("email", "Email"),
                    ("number", "Number"),
                    ("url", "URL"),
                    ("checkbox", "Checkbox"),
                    ("checkboxes", "Checkboxes"),
                    ("dropdown", "Drop down"),
                    ("multiselect", "Multiple select"),
                    ("radio", "Radio buttons"),
                    ("date", "Date"),
                    ("datetime", "Date/time"),
                    ("hidden", "Hidden field"),
                    ("phone", "Phone number"),
                    ("kana", "Kana (reading of a name)"),
                    ("postal", "Postal address"),
                    ("birth", "Date of birth"),
                    ("organisation", "Organisation"),
                    ("mapped", "Attribute or other CRM field, as it needs it"),
                    ("topics", "Topics to subscribe to"),
                    ("stars", "Stars (1 to 5)"),
                    ("nps", "Would recommend us (0 to 10)"),
                    ("file", "File"),
                    ("page", "New page"),
                ],
                max_length=16,
                verbose_name="field type",
            ),
        ),
        migrations.CreateModel(
            name="FeedbackPage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to=settings.WAGTAIL_PAGE_MODEL,
                    ),
                ),
                (
                    "form_intro",
                    wagtail.fields.RichTextField(
                        blank=True, verbose_name="above the form"
                    ),
                ),
                (
                    "submit_label",
                    models.CharField(
                        blank=True, max_length=40, verbose_name="text of the button"
                    ),
                ),
                (
                    "purpose_of_use",
                    models.TextField(
                        blank=True,
                        help_text="Stands by the button. Empty: the text of the CRM settings.",
                        verbose_name="purpose of use",
                    ),
                ),
                (
                    "consent_wording",
                    models.TextField(
                        blank=True,
                        help_text="Kept as evidence exactly as it stood when somebody agreed.",
                        verbose_name="wording of the tick",
                    ),
                ),
                (
                    "thank_you_text",
                    wagtail.fields.RichTextField(
                        blank=True, verbose_name="thank-you text"
                    ),
                ),
                (
                    "answer_promise",
                    models.CharField(
                        blank=True,
                        help_text="Empty: computed from the CRM settings.",
                        max_length=200,
                        verbose_name="when an answer comes",
                    ),
                ),
                (
                    "sender_domain",
                    models.CharField(
                        blank=True,
                        help_text="Visitors are asked to allow it. Empty: the sender's domain.",
                        max_length=100,
                        verbose_name="domain of our mails",
                    ),
                ),
                (
                    "contact_phone",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the phone number of the CRM settings.",
                        max_length=40,
                        verbose_name="phone number shown",
                    ),
                ),
                (
                    "low_stars",
                    models.PositiveSmallIntegerField(
                        default=2,
                        help_text="Opens an inquiry or a next step for a person. 0: never.",
                        validators=[django.core.validators.MaxValueValidator(5)],
                        verbose_name="react to so many stars or fewer",
                    ),
                ),
                (
                    "low_nps",
                    models.PositiveSmallIntegerField(
                        default=6,
                        validators=[django.core.validators.MaxValueValidator(10)],
                        verbose_name="react to this recommendation or less",
                    ),
                ),
                (
                    "intro",
                    models.CharField(
                        blank=True,
                        help_text="Stands below the title and in search results.",
                        max_length=250,
                        verbose_name="opening line",
                    ),
                ),
                (
                    "consent_topic",
                    models.ForeignKey(
                        blank=True,
                        help_text="Adds a tick, never set beforehand.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="crm_plugin.topic",
                        verbose_name="topic asked for",
                    ),
                ),
            ],
            options={
                "verbose_name": "feedback page",
            },
            bases=(
                crm_plugin.forms.feedback.FeedbackServing,
                crm_plugin.forms.serving.Serving,
                wagtail.contrib.forms.models.FormMixin,
                "wagtailcore.page",
                models.Model,
            ),
        ),
        migrations.CreateModel(
            name="FeedbackFormField",
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
                (
                    "sort_order",
                    models.IntegerField(blank=True, editable=False, null=True),
                ),
                (
                    "clean_name",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Safe name of the form field, the label converted to ascii_snake_case",
                        max_length=255,
                        verbose_name="name",
                    ),
                ),
                (
                    "label",
                    models.CharField(
                        help_text="The label of the form field",
                        max_length=255,
                        verbose_name="label",
                    ),
                ),
                (
                    "required",
                    models.BooleanField(default=True, verbose_name="required"),
                ),
                (
                    "choices",
                    models.TextField(
                        blank=True,
                        help_text="Comma or new line separated list of choices. Only applicable in checkboxes, radio and dropdown.",
                        verbose_name="choices",
                    ),
                ),
                (
                    "default_value",
                    models.TextField(
                        blank=True,
                        help_text="Default value. Comma or new line separated values supported for checkboxes.",
                        verbose_name="default value",
                    ),
                ),
                (
                    "help_text",
                    models.CharField(
                        blank=True, max_length=255, verbose_name="help text"
                    ),
                ),
                (
                    "field_type",
                    models.CharField(
                        choices=[
                            ("singleline", "Single line text"),
                            ("multiline", "Multi-line text"),
                            ("email", "Email"),
                            ("number", "Number"),
                            ("url", "URL"),
                            ("checkbox", "Checkbox"),
                            ("checkboxes", "Checkboxes"),
                            ("dropdown", "Drop down"),
                            ("multiselect", "Multiple select"),
                            ("radio", "Radio buttons"),
                            ("date", "Date"),
                            ("datetime", "Date/time"),
                            ("hidden", "Hidden field"),
                            ("phone", "Phone number"),
                            ("kana", "Kana (reading of a name)"),
                            ("postal", "Postal address"),
                            ("birth", "Date of birth"),
                            ("organisation", "Organisation"),
                            ("mapped", "Attribute or other CRM field, as it needs it"),
                            ("topics", "Topics to subscribe to"),
                            ("stars", "Stars (1 to 5)"),
                            ("nps", "Would recommend us (0 to 10)"),
                            ("file", "File"),
                            ("page", "New page"),
                        ],
                        max_length=16,
                        verbose_name="field type",
                    ),
                ),
                (
                    "maps_to",
                    models.CharField(
                        blank=True,
                        help_text="What the answer becomes on the contact's record.",
                        max_length=60,
                        verbose_name="save as",
                    ),
                ),
                (
                    "only_if",
                    models.CharField(
                        blank=True,
                        help_text="The label of a field further up. Empty: always asked.",
                        max_length=255,
                        verbose_name="only if the field",
                    ),
                ),
                (
                    "only_if_value",
                    models.TextField(
                        blank=True,
                        help_text="One in each line. Empty: any answer will do.",
                        verbose_name="has the answer",
                    ),
                ),
                (
                    "leave_out",
                    models.BooleanField(
                        default=False,
                        help_text="Not asked of somebody who came by a personal link, confirmed in this browser, and whose record holds it.",
                        verbose_name="leave out when known",
                    ),
                ),
                (
                    "wordings",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Kept as evidence exactly as it stood when somebody agreed.",
                        verbose_name="wording of each topic",
                    ),
                ),
                (
                    "file_kinds",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("image", "pictures"),
                            ("pdf", "PDF"),
                            ("image_pdf", "pictures and PDF"),
                            (
                                "document",
                                "documents (PDF, Word, Excel, PowerPoint, text)",
                            ),
                            ("any", "pictures and documents"),
                        ],
                        max_length=12,
                        verbose_name="kinds of files",
                    ),
                ),
                (
                    "max_mb",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(50),
                        ],
                        verbose_name="largest file (MB)",
                    ),
                ),
                (
                    "page",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="form_fields",
                        to="example.feedbackpage",
                    ),
                ),
            ],
            options={
                "ordering": ["sort_order"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="FormPage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to=settings.WAGTAIL_PAGE_MODEL,
                    ),
                ),
                (
                    "form_intro",
                    wagtail.fields.RichTextField(
                        blank=True, verbose_name="above the form"
                    ),
                ),
                (
                    "submit_label",
                    models.CharField(
                        blank=True, max_length=40, verbose_name="text of the button"
                    ),
                ),
                (
                    "purpose_of_use",
                    models.TextField(
                        blank=True,
                        help_text="Stands by the button. Empty: the text of the CRM settings.",
                        verbose_name="purpose of use",
                    ),
                ),
                (
                    "consent_wording",
                    models.TextField(
                        blank=True,
                        help_text="Kept as evidence exactly as it stood when somebody agreed.",
                        verbose_name="wording of the tick",
                    ),
                ),
                (
                    "thank_you_text",
                    wagtail.fields.RichTextField(
                        blank=True, verbose_name="thank-you text"
                    ),
                ),
                (
                    "answer_promise",
                    models.CharField(
                        blank=True,
                        help_text="Empty: computed from the CRM settings.",
                        max_length=200,
                        verbose_name="when an answer comes",
                    ),
                ),
                (
                    "sender_domain",
                    models.CharField(
                        blank=True,
                        help_text="Visitors are asked to allow it. Empty: the sender's domain.",
                        max_length=100,
                        verbose_name="domain of our mails",
                    ),
                ),
                (
                    "contact_phone",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the phone number of the CRM settings.",
                        max_length=40,
                        verbose_name="phone number shown",
                    ),
                ),
                (
                    "intro",
                    models.CharField(
                        blank=True,
                        help_text="Stands below the title and in search results.",
                        max_length=250,
                        verbose_name="opening line",
                    ),
                ),
                (
                    "consent_topic",
                    models.ForeignKey(
                        blank=True,
                        help_text="Adds a tick, never set beforehand.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="crm_plugin.topic",
                        verbose_name="topic asked for",
                    ),
                ),
            ],
            options={
                "verbose_name": "form page",
            },
            bases=(
                crm_plugin.forms.serving.Serving,
                wagtail.contrib.forms.models.FormMixin,
                "wagtailcore.page",
                models.Model,
            ),
        ),
        migrations.CreateModel(
            name="PartyPage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to=settings.WAGTAIL_PAGE_MODEL,
                    ),
                ),
                (
                    "form_intro",
                    wagtail.fields.RichTextField(
                        blank=True, verbose_name="above the form"
                    ),
                ),
                (
                    "submit_label",
                    models.CharField(
                        blank=True, max_length=40, verbose_name="text of the button"
                    ),
                ),
                (
                    "purpose_of_use",
                    models.TextField(
                        blank=True,
                        help_text="Stands by the button. Empty: the text of the CRM settings.",
                        verbose_name="purpose of use",
                    ),
                ),
                (
                    "consent_wording",
                    models.TextField(
                        blank=True,
                        help_text="Kept as evidence exactly as it stood when somebody agreed.",
                        verbose_name="wording of the tick",
                    ),
                ),
                (
                    "thank_you_text",
                    wagtail.fields.RichTextField(
                        blank=True, verbose_name="thank-you text"
                    ),
                ),
                (
                    "answer_promise",
                    models.CharField(
                        blank=True,
                        help_text="Empty: computed from the CRM settings.",
                        max_length=200,
                        verbose_name="when an answer comes",
                    ),
                ),
                (
                    "sender_domain",
                    models.CharField(
                        blank=True,
                        help_text="Visitors are asked to allow it. Empty: the sender's domain.",
                        max_length=100,
                        verbose_name="domain of our mails",
                    ),
                ),
                (
                    "contact_phone",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the phone number of the CRM settings.",
                        max_length=40,
                        verbose_name="phone number shown",
                    ),
                ),
                (
                    "intro",
                    models.CharField(
                        blank=True,
                        help_text="Stands below the title and in search results.",
                        max_length=250,
                        verbose_name="opening line",
                    ),
                ),
                (
                    "consent_topic",
                    models.ForeignKey(
                        blank=True,
                        help_text="Adds a tick, never set beforehand.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="crm_plugin.topic",
                        verbose_name="topic asked for",
                    ),
                ),
            ],
            options={
                "verbose_name": "party page",
            },
            bases=(
                crm_plugin.forms.serving.Serving,
                wagtail.contrib.forms.models.FormMixin,
                "wagtailcore.page",
                models.Model,
            ),
        ),
        migrations.CreateModel(
            name="PartyFormField",
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
                (
                    "sort_order",
                    models.IntegerField(blank=True, editable=False, null=True),
                ),
                (
                    "clean_name",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Safe name of the form field, the label converted to ascii_snake_case",
                        max_length=255,
                        verbose_name="name",
                    ),
                ),
                (
                    "label",
                    models.CharField(
                        help_text="The label of the form field",
                        max_length=255,
                        verbose_name="label",
                    ),
                ),
                (
                    "required",
                    models.BooleanField(default=True, verbose_name="required"),
                ),
                (
                    "choices",
                    models.TextField(
                        blank=True,
                        help_text="Comma or new line separated list of choices. Only applicable in checkboxes, radio and dropdown.",
                        verbose_name="choices",
                    ),
                ),
                (
                    "default_value",
                    models.TextField(
                        blank=True,
                        help_text="Default value. Comma or new line separated values supported for checkboxes.",
                        verbose_name="default value",
                    ),
                ),
                (
                    "help_text",
                    models.CharField(
                        blank=True, max_length=255, verbose_name="help text"
                    ),
                ),
                (
                    "field_type",
                    models.CharField(
                        choices=[
                            ("singleline", "Single line text"),
                            ("multiline", "Multi-line text"),
                            ("email", "Email"),
                            ("number", "Number"),
                            ("url", "URL"),
                            ("checkbox", "Checkbox"),
                            ("checkboxes", "Checkboxes"),
                            ("dropdown", "Drop down"),
                            ("multiselect", "Multiple select"),
                            ("radio", "Radio buttons"),
                            ("date", "Date"),
                            ("datetime", "Date/time"),
                            ("hidden", "Hidden field"),
                            ("phone", "Phone number"),
                            ("kana", "Kana (reading of a name)"),
                            ("postal", "Postal address"),
                            ("birth", "Date of birth"),
                            ("organisation", "Organisation"),
                            ("mapped", "Attribute or other CRM field, as it needs it"),
                            ("topics", "Topics to subscribe to"),
                            ("stars", "Stars (1 to 5)"),
                            ("nps", "Would recommend us (0 to 10)"),
                            ("file", "File"),
                            ("page", "New page"),
                        ],
                        max_length=16,
                        verbose_name="field type",
                    ),
                ),
                (
                    "maps_to",
                    models.CharField(
                        blank=True,
                        help_text="What the answer becomes on the contact's record.",
                        max_length=60,
                        verbose_name="save as",
                    ),
                ),
                (
                    "only_if",
                    models.CharField(
                        blank=True,
                        help_text="The label of a field further up. Empty: always asked.",
                        max_length=255,
                        verbose_name="only if the field",
                    ),
                ),
                (
                    "only_if_value",
                    models.TextField(
                        blank=True,
                        help_text="One in each line. Empty: any answer will do.",
                        verbose_name="has the answer",
                    ),
                ),
                (
                    "leave_out",
                    models.BooleanField(
                        default=False,
                        help_text="Not asked of somebody who came by a personal link, confirmed in this browser, and whose record holds it.",
                        verbose_name="leave out when known",
                    ),
                ),
                (
                    "wordings",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Kept as evidence exactly as it stood when somebody agreed.",
                        verbose_name="wording of each topic",
                    ),
                ),
                (
                    "file_kinds",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("image", "pictures"),
                            ("pdf", "PDF"),
                            ("image_pdf", "pictures and PDF"),
                            (
                                "document",
                                "documents (PDF, Word, Excel, PowerPoint, text)",
                            ),
                            ("any", "pictures and documents"),
                        ],
                        max_length=12,
                        verbose_name="kinds of files",
                    ),
                ),
                (
                    "max_mb",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(50),
                        ],
                        verbose_name="largest file (MB)",
                    ),
                ),
                (
                    "page",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="form_fields",
                        to="example.partypage",
                    ),
                ),
            ],
            options={
                "ordering": ["sort_order"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PlainFormField",
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
                (
                    "sort_order",
                    models.IntegerField(blank=True, editable=False, null=True),
                ),
                (
                    "clean_name",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Safe name of the form field, the label converted to ascii_snake_case",
                        max_length=255,
                        verbose_name="name",
                    ),
                ),
                (
                    "label",
                    models.CharField(
                        help_text="The label of the form field",
                        max_length=255,
                        verbose_name="label",
                    ),
                ),
                (
                    "required",
                    models.BooleanField(default=True, verbose_name="required"),
                ),
                (
                    "choices",
                    models.TextField(
                        blank=True,
                        help_text="Comma or new line separated list of choices. Only applicable in checkboxes, radio and dropdown.",
                        verbose_name="choices",
                    ),
                ),
                (
                    "default_value",
                    models.TextField(
                        blank=True,
                        help_text="Default value. Comma or new line separated values supported for checkboxes.",
                        verbose_name="default value",
                    ),
                ),
                (
                    "help_text",
                    models.CharField(
                        blank=True, max_length=255, verbose_name="help text"
                    ),
                ),
                (
                    "field_type",
                    models.CharField(
                        choices=[
                            ("singleline", "Single line text"),
                            ("multiline", "Multi-line text"),
                            ("email", "Email"),
                            ("number", "Number"),
                            ("url", "URL"),
                            ("checkbox", "Checkbox"),
                            ("checkboxes", "Checkboxes"),
                            ("dropdown", "Drop down"),
                            ("multiselect", "Multiple select"),
                            ("radio", "Radio buttons"),
                            ("date", "Date"),
                            ("datetime", "Date/time"),
                            ("hidden", "Hidden field"),
                            ("phone", "Phone number"),
                            ("kana", "Kana (reading of a name)"),
                            ("postal", "Postal address"),
                            ("birth", "Date of birth"),
                            ("organisation", "Organisation"),
                            ("mapped", "Attribute or other CRM field, as it needs it"),
                            ("topics", "Topics to subscribe to"),
                            ("stars", "Stars (1 to 5)"),
                            ("nps", "Would recommend us (0 to 10)"),
                            ("file", "File"),
                            ("page", "New page"),
                        ],
                        max_length=16,
                        verbose_name="field type",
                    ),
                ),
                (
                    "maps_to",
                    models.CharField(
                        blank=True,
                        help_text="What the answer becomes on the contact's record.",
                        max_length=60,
                        verbose_name="save as",
                    ),
                ),
                (
                    "only_if",
                    models.CharField(
                        blank=True,
                        help_text="The label of a field further up. Empty: always asked.",
                        max_length=255,
                        verbose_name="only if the field",
                    ),
                ),
                (
                    "only_if_value",
                    models.TextField(
                        blank=True,
                        help_text="One in each line. Empty: any answer will do.",
                        verbose_name="has the answer",
                    ),
                ),
                (
                    "leave_out",
                    models.BooleanField(
                        default=False,
                        help_text="Not asked of somebody who came by a personal link, confirmed in this browser, and whose record holds it.",
                        verbose_name="leave out when known",
                    ),
                ),
                (
                    "wordings",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Kept as evidence exactly as it stood when somebody agreed.",
                        verbose_name="wording of each topic",
                    ),
                ),
                (
                    "file_kinds",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("image", "pictures"),
                            ("pdf", "PDF"),
                            ("image_pdf", "pictures and PDF"),
                            (
                                "document",
                                "documents (PDF, Word, Excel, PowerPoint, text)",
                            ),
                            ("any", "pictures and documents"),
                        ],
                        max_length=12,
                        verbose_name="kinds of files",
                    ),
                ),
                (
                    "max_mb",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(50),
                        ],
                        verbose_name="largest file (MB)",
                    ),
                ),
                (
                    "page",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="form_fields",
                        to="example.formpage",
                    ),
                ),
            ],
            options={
                "ordering": ["sort_order"],
                "abstract": False,
            },
        ),
    ]
