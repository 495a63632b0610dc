"""The same form page built with plain ``wagtail.contrib.forms``: a reference."""

from django.db import connection, models
from django.template import engines
from modelcluster.fields import ParentalKey
from wagtail.contrib.forms.models import AbstractForm, AbstractFormField

TEMPLATE = """{% extends "example/base.html" %}{% block main %}
<div class="wrap"><div class="paper">{% if form %}<form method="post">{% csrf_token %}
{{ form.as_div }}<button type="submit">送信する</button></form>
{% else %}<p>ありがとうございます。</p>{% endif %}</div></div>{% endblock %}"""


class UsualFormPage(AbstractForm):
    # What the site's base template asks every page for.
    intro = ""

    class Meta:
        app_label = "example"
        managed = True

    def get_template(self, request, *args, **kwargs):
        return engines["django"].from_string(TEMPLATE)

    get_landing_page_template = get_template


class UsualFormField(AbstractFormField):
    page = ParentalKey(
        UsualFormPage, on_delete=models.CASCADE, related_name="form_fields"
    )

    class Meta(AbstractFormField.Meta):
        app_label = "example"

    def get_field_clean_name(self):
        """The same names of the inputs as on the page that is compared."""
        return self.clean_name


def make_plain_page(like) -> UsualFormPage:
    """A sibling of *like* with the same fields."""
    with connection.schema_editor() as editor:
        editor.create_model(UsualFormPage)
        editor.create_model(UsualFormField)
    page = UsualFormPage(title="Plain", slug="plain-form", locale=like.locale)
    page.form_fields = [
        UsualFormField(
            sort_order=field.sort_order,
            label=field.label,
            clean_name=field.clean_name,
            field_type=field.field_type if field.field_type in PLAIN else "singleline",
            required=field.required,
        )
        for field in like.form_fields.all()
    ]
    like.get_parent().add_child(instance=page)
    return page


PLAIN = {"singleline", "multiline", "email"}
