"""``{% money amount %}``: an amount in the installation's currency."""

from django import template

from crm_plugin.ui.money import format_money

register = template.Library()
register.simple_tag(format_money, name="money")
