import pytest
from django.template import engines

from crm_plugin import checks
from crm_plugin.personalisation.fragments import risky_templates

LOAD = "{% load cache wagtailcore_tags wagtail_cache %}\n"
BLOCK = "{% include_block page.body %}"


@pytest.fixture
def templates(settings, tmp_path):
    """Write templates of a site: ``templates(name=source)``."""
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    engines.__dict__.pop("templates", None)

    def write(**sources):
        for name, source in sources.items():
            (tmp_path / f"{name}.html").write_text(LOAD + source)

    yield write
    engines.__dict__.pop("templates", None)


@pytest.mark.parametrize("tag", ["cache", "wagtailcache"])
def test_a_block_inside_a_fragment_cache_is_found_with_its_line(templates, tag):
    templates(home=f"{{% {tag} 600 body %}}{BLOCK}{{% end{tag} %}}")
    assert risky_templates() == [("home.html", 2)]


def test_promoted_results_inside_a_fragment_cache_are_found(templates):
    tag = "{% promoted_for query as picks %}"
    templates(home=f"{{% load crm_search %}}{{% cache 600 x %}}{tag}{{% endcache %}}")
    assert risky_templates() == [("home.html", 2)]


def test_a_block_beside_a_fragment_cache_is_no_risk(templates):
    templates(home=f"{{% cache 600 menu %}}<nav></nav>{{% endcache %}}{BLOCK}")
    assert risky_templates() == []


def test_a_block_in_an_included_template_is_found(templates):
    templates(
        home="{% cache 600 body %}{% include 'part.html' %}{% endcache %}", part=BLOCK
    )
    assert risky_templates() == [("home.html", 2)]


def test_templates_that_include_each_other_are_read_once(templates):
    templates(
        home="{% cache 600 a %}{% include 'part.html' %}{% endcache %}",
        part="{% if more %}{% include 'part.html' %}{% endif %}",
    )
    assert risky_templates() == []


def test_a_template_that_cannot_be_read_is_left_to_django(templates):
    templates(home="{% cache 600 a %}{% no_such_tag %}{% endcache %}")
    assert risky_templates() == []


def test_the_check_names_template_and_line_and_says_what_to_do(templates):
    templates(home=f"{{% cache 600 body %}}{BLOCK}{{% endcache %}}")
    (warning,) = checks.fragment_caches_hold_no_personal_blocks()
    assert warning.id == "crm_plugin.W001"
    assert "home.html, line 2" in warning.msg
    assert "out of the cache" in warning.hint


def test_our_own_and_the_example_templates_hold_none():
    assert risky_templates() == []
