import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_plugin import merge_tags
from crm_plugin.merge_tags import BadTag, MergeTagError, UnknownTag
from tests import factories

pytestmark = pytest.mark.django_db
INJECTIONS = [
    "{{ 7*7 }}",
    "{{ contact }}",
    "{{ contact.owner.password }}",
    "{{ contact.__class__ }}",
    "{{ contact.__class__.__mro__ }}",
    "{{ contact.delete }}",
    "{{ contact.first_name.upper }}",
    "{{ contact.first_name|upper }}",
    "{{ contact.first_name|safe }}",
    "{{ contact.first_name|default:owner }}",
    "{{ contact.first_name|default_if_none:'x' }}",
    '{{ contact.first_name | default:"x" | safe }}',
    '{{ contact.first_name | default:"{{ settings.SECRET_KEY }}" }}',
    "{{ settings.SECRET_KEY }}",
    "{{ request.user }}",
    "{{ request.META }}",
    "{{ self }}",
    "{{ config }}",
    "{{ config.items() }}",
    "{{ ''.__class__ }}",
    "{{ [].__class__.__base__.__subclasses__() }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__ }}",
    "{{ get_flashed_messages }}",
    "{{ url_for }}",
    "{{ env }}",
    '{{ env "SECRET_KEY" }}',
    "{{ . }}",
    "{{ .Subscriber }}",
    "{{ printf }}",
    "{{ range . }}",
    "{{ constructor }}",
    "{{ constructor.constructor('return process')() }}",
    "{{ forloop.counter }}",
    "{{ block.super }}",
    "{{ perms }}",
    "{{ csrf_token }}",
    "{{ messages }}",
    "{{ debug }}",
    "{{ _self.env }}",
    "{{ app.request }}",
    "{{",
    "{{ contact.first_name",
    "{{ contact.first_name }",
    "{{{ contact.first_name }}}",
    "{{ }}",
    "{{\x00contact.first_name}}",
    "{{ contact.first_name\n\r; }}",
    "{% debug %}",
    "{% load static %}",
    "{% include '/etc/passwd' %}",
    "{% for x in y %}",
    "{# note #}",
    "｛｛ contact.first_name ｝｝",
]


@pytest.mark.parametrize("payload", INJECTIONS)
@pytest.mark.parametrize("markup", [False, True])
def test_nothing_but_a_registered_tag_is_accepted(payload, markup):
    with pytest.raises(MergeTagError):
        merge_tags.parse(f"Hello {payload}", markup=markup)


def test_an_unknown_tag_names_its_neighbours():
    with pytest.raises(UnknownTag) as error:
        merge_tags.parse("{{ contact.frist_name }}")
    assert error.value.tag == "contact.frist_name"
    assert "contact.first_name" in error.value.suggestions
    assert "contact.first_name" in str(error.value)


def test_a_broken_tag_shows_what_stood_there():
    with pytest.raises(BadTag, match=r"contact\.name\|upper"):
        merge_tags.parse("{{ contact.name|upper }}")


def test_a_name_of_this_kind_of_text_is_accepted():
    assert merge_tags.parse("{{ reference }}", extra=["reference"])


@pytest.mark.parametrize(
    "written",
    [
        '{{ contact.first_name | default:"お客様" }}',
        '{{contact.first_name|default:"お客様"}}',
        "{{ contact.first_name | default:「お客様」 }}",
        "{{ contact.first_name | default:“お客様” }}",
        "{{ contact.first_name | default:'お客様' }}",
    ],
)
def test_a_fallback_may_be_quoted_as_people_type_it(written):
    assert merge_tags.fill(merge_tags.parse(written), {}) == "お客様"


def test_a_fallback_in_markup_may_be_written_with_entities():
    parts = merge_tags.parse(
        "<b>{{ contact.name | default:&quot;A &amp; B&quot; }}</b>", markup=True
    )
    assert merge_tags.fill(parts, {}, markup=True) == "<b>A &amp; B</b>"


def test_a_value_is_never_read_again():
    value = "{{ contact.name }}{% debug %}"
    parts = merge_tags.parse("Hello {{ contact.first_name }}")
    assert merge_tags.fill(parts, {"contact.first_name": value}) == f"Hello {value}"


def test_a_value_is_escaped_in_markup():
    parts = merge_tags.parse('<i title="{{ contact.name }}">', markup=True)
    filled = merge_tags.fill(
        parts, {"contact.name": '"><script>x</script>'}, markup=True
    )
    assert filled == ('<i title="&quot;&gt;&lt;script&gt;x&lt;/script&gt;">')


@pytest.mark.parametrize("bomb", ["{{", "{", "{{ a", "}}", "{{ a | ", "<", "｛｛"])
def test_no_text_is_slow_to_read(bomb):
    before = time.process_time()
    with contextlib.suppress(MergeTagError):
        merge_tags.parse(bomb * 20_000, markup=True)
    assert time.process_time() - before < 2


@pytest.mark.parametrize("gap", ["", " ", "</b>", "&nbsp;"])
def test_a_title_never_stands_without_a_name(gap):
    parts = merge_tags.scan(f"{{{{ contact.family_name }}}}{gap}様、")
    assert merge_tags.fill(parts, {"contact.family_name": "佐藤"}) == f"佐藤{gap}様、"
    assert merge_tags.fill(parts, {}) == f"{gap}、"
    filled = merge_tags.fill(parts, {}, fallbacks={"contact.family_name": "お客様"})
    assert filled == f"お客様{gap}、"


@given(
    st.lists(
        st.one_of(
            st.text(alphabet=st.sampled_from('{}" a|様%#')),
            st.builds(
                merge_tags.Place,
                st.sampled_from(["contact.name", "salutation"]),
                st.one_of(st.none(), st.text(alphabet="ab'様 ")),
            ),
        )
    )
)
def test_written_parts_fill_like_the_originals(parts):
    values = {"contact.name": "{{ salutation }}", "salutation": ""}
    again = merge_tags.scan(merge_tags.write(merge_tags.scan(merge_tags.write(parts))))
    once = merge_tags.scan(merge_tags.write(parts))
    assert merge_tags.fill(again, values) == merge_tags.fill(once, values)
    assert merge_tags.names(once) == merge_tags.names(parts)


def test_values_come_for_many_contacts_in_one_query(django_assert_num_queries):
    ids = [factories.ContactFactory().pk for _ in range(5)]
    nameless = factories.ContactFactory(family_name="", given_name="").pk
    wanted = ["salutation", "contact.first_name", "contact.kana"]
    with django_assert_num_queries(1):
        values = merge_tags.values_for([*ids, nameless], wanted, language="ja")
    assert values[ids[0]]["salutation"].endswith("様")
    assert values[ids[0]]["contact.first_name"] == "花子"
    assert values[nameless]["salutation"] == ""


@pytest.mark.parametrize(("language", "text"), [("ja", "お客様"), ("en-GB", "there")])
def test_a_person_without_a_name_is_still_addressed(language, text):
    assert merge_tags.fallbacks(["salutation"], language) == {"salutation": text}


def test_a_retired_name_gives_its_fallback():
    pk = factories.ContactFactory().pk
    assert merge_tags.values_for([pk], ["attribute.gone"]) == {pk: {}}


def test_nothing_is_not_a_word():
    assert merge_tags.clean(None) == ""
    assert merge_tags.clean("a\x00\r\u2028b") == "ab"


def test_a_text_without_attributes_asks_no_source(django_assert_num_queries):
    with django_assert_num_queries(0):
        merge_tags.parse("{{ salutation }}")
        merge_tags.fallbacks(["salutation", "link.0", "reference"], "ja")


def test_an_attribute_is_a_tag_as_soon_as_it_is_defined():
    factories.AttributeFactory(key="occasion", type="text")
    assert merge_tags.parse("{{ attribute.occasion }}")


def test_a_sensitive_attribute_is_never_a_tag():
    factories.AttributeFactory(key="allergies", type="text", sensitive=True)
    with pytest.raises(UnknownTag):
        merge_tags.parse("{{ attribute.allergies }}")
