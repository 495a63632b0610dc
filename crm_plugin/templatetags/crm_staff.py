"""``{{ user|staff }}``: a member of staff by name, in the order of their language."""

from django import template

from crm_plugin import normalise

register = template.Library()
register.filter("staff", normalise.staff)
