"""Tables name their columns once, and say so when they are written wrongly."""

from __future__ import annotations

import re

import pytest
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import translation

ROWS = [{"name": "<b>One</b>", "deleted": 1, "words": "gair"}, {"name": "Two", "deleted": 22, "words": "dau"}]
TABLE = """{% load tables %}{% table row in rows caption="All of them" empty="None yet." %}
  {% column _("Name") head=True %}{{ row.name }}{% endcolumn %}
  {% column _("Deleted") number=True %}{{ row.deleted }}{% endcolumn %}
  {% column _("Summary") dir="auto" whole=True %}
    <a href="/{{ row.deleted }}">{{ row.words }}</a>
  {% endcolumn %}
{% endtable %}"""


def shown(source: str = TABLE, **context: object) -> str:
    return " ".join(Template(source).render(Context({"rows": ROWS} | context)).split())


def test_table_has_a_caption_a_head_and_a_cell_for_each_column_of_each_row():
    page = shown()

    assert '<caption class="govuk-visually-hidden">All of them</caption>' in page
    assert re.findall(r"<th scope=\"col\"[^>]*>([^<]*)</th>", page) == ["Name", "Deleted", "Summary"]
    assert page.count("<tr>") == 3
    assert re.findall(r'data-label="([^"]*)"', page) == ["Name", "Deleted", "Summary"] * 2


def test_cells_are_escaped_hold_html_and_have_their_options():
    page = shown()

    assert '<th scope="row" data-label="Name">&lt;b&gt;One&lt;/b&gt;</th>' in page
    assert '<td class="cw-number" data-label="Deleted">22</td>' in page
    assert '<th scope="col" class="cw-number">Deleted</th>' in page
    assert '<td class="cw-whole" data-label="Summary" dir="auto"><a href="/22">dau</a></td>' in page


def test_columns_are_named_in_the_readers_language():
    with translation.override("cy"):
        page = shown()

    assert page.count("Crynodeb") == 3
    assert "Summary" not in page


def test_table_without_rows_is_one_line():
    assert shown(rows=[]) == '<p class="cw-empty">None yet.</p>'
    assert shown(rows=None) == '<p class="cw-empty">None yet.</p>'
    assert "Nothing here." in shown('{% load tables %}{% table row in rows caption="x" %}{% endtable %}', rows=[])


def test_rows_of_several_values_are_taken_apart():
    source = (
        '{% load tables %}{% table name, number in rows caption="x" %}'
        '{% column "N" %}{{ name }}/{{ number }}{% endcolumn %}{% endtable %}'
    )

    assert ">a/1</td>" in shown(source, rows=[("a", 1)])


def test_columns_may_stand_in_a_loop():
    source = (
        '{% load tables %}{% table row in rows caption="x" %}'
        "{% for kind in kinds %}{% column kind %}{{ forloop.counter }}{% endcolumn %}{% endfor %}{% endtable %}"
    )

    page = shown(source, kinds=["Enquiry", "Customer"])

    assert re.findall(r"<th scope=\"col\">([^<]*)</th>", page) == ["Enquiry", "Customer"]
    assert page.count('data-label="Customer">2</td>') == 2


def test_list_has_no_visible_head_and_no_labels():
    page = shown(TABLE.replace('empty="None yet."', 'look="list"'))

    assert '<table class="cw-list">' in page
    assert '<thead class="govuk-visually-hidden">' in page
    assert "data-label" not in page


def test_even_table_says_so():
    assert '<table class="cw-table cw-table--even">' in shown(TABLE.replace('empty="None yet."', 'look="even"'))


def test_cell_knows_its_page():
    """What a tag in a cell needs of the request is there: a token, a query string."""
    source = (
        '{% load tables %}{% table row in rows caption="x" %}'
        "{% column row %}{% csrf_token %}{% querystring page=2 %}{{ outside }}{% endcolumn %}{% endtable %}"
    )

    page = Template(source).render(RequestContext(RequestFactory().get("/"), {"rows": ["N"], "outside": "o"}))

    assert 'name="csrfmiddlewaretoken"' in page
    assert "?page=2o</td>" in page


def test_nothing_of_a_table_is_left_in_the_context():
    context = Context({"rows": ROWS})
    Template(TABLE).render(context)

    assert context.flatten().keys() == {"rows", "True", "False", "None"}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{% table rows %}{% endtable %}", "begins with what its rows are"),
        ("{% table row in rows %}{% endtable %}", "needs a caption"),
        ('{% table row in rows caption="x" size=3 %}{% endtable %}', "the options are caption, empty, look"),
        ('{% table row in rows caption="x" look="wide" %}{% endtable %}', "looks like one of"),
        ('{% table row in rows caption="x" %}{% column %}{% endcolumn %}{% endtable %}', "needs a name"),
        ('{% table row in rows caption="x" %}{% column "N" right=1 %}{% endcolumn %}{% endtable %}', "the options are"),
        ('{% column "N" %}{% endcolumn %}', "inside a table"),
        (
            '{% table row in rows caption="x" %}{% column row.name %}{% endcolumn %}{% endtable %}',
            "different columns",
        ),
    ],
)
def test_table_written_wrongly_is_refused(source, words):
    with pytest.raises(TemplateSyntaxError, match=words):
        shown("{% load tables %}" + source)
