"""`{% table %}` and `{% column %}`: a table whose columns are named once.

    {% table row in rows caption=_("Open enquiries") empty=_("No enquiry is open.") %}
      {% column _("Started") %}{{ row.started_at|date:"H:i" }}{% endcolumn %}
      {% column _("Deleted") number=True %}{{ row.deleted }}{% endcolumn %}
    {% endtable %}

What stands between the two tags is rendered once for each row, so a column may stand in a `for` or an `if`; every row
must come to the same columns. A cell takes any HTML. `templates/govuk/table.html` is the markup: the heads come from
the first row, and each cell also carries its column's name for screens on which a row becomes a card.

Options of a table: `caption`, compulsory, for screen readers; `empty`, the line shown when there is no row; `look`,
`list` (no visible heads, one line a row) or `even` (columns as wide as in the page's other tables of this look).
Options of a column: `number`, to the right; `whole`, never broken into lines; `roomy`, never narrower than a
few words; `head`, what the row is about; `lang` and
`dir` of what is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()

LOOKS = ("", "list", "even")
COLUMNS = "_columns_of_this_row"  # where a row's columns gather, in the template's context

Options = dict[str, FilterExpression]


@dataclass(frozen=True)
class Cell:
    """One column's name, options and contents in one row."""

    name: str
    content: SafeString
    number: bool = False
    whole: bool = False
    roomy: bool = False
    head: bool = False
    lang: str = ""
    dir: str = ""


class TableNode(Node):
    """Renders its body for each row, and `govuk/table.html` with the cells that this gives."""

    child_nodelists = ("body",)

    def __init__(self, names: list[str], rows: FilterExpression, options: Options, body: NodeList) -> None:
        self.names = names
        self.rows = rows
        self.options = options
        self.body = body

    def render(self, context: Context) -> SafeString:
        given = {name: value.resolve(context) for name, value in self.options.items()}
        look = given.get("look", "")
        if look not in LOOKS:
            raise template.TemplateSyntaxError(f"A table looks like one of {LOOKS}, not {look!r}.")
        rows = [self.cells(context, row) for row in self.rows.resolve(context) or ()]
        if any([cell.name for cell in row] != [cell.name for cell in rows[0]] for row in rows):
            raise template.TemplateSyntaxError("The rows of a table have different columns.")
        page = {
            "caption": given["caption"],
            "empty": given.get("empty") or _("Nothing here."),
            "look": look,
            "columns": rows[0] if rows else [],
            "rows": rows,
        }
        return context.template.engine.get_template("govuk/table.html").render(context.new(page))  # type: ignore[union-attr]

    def cells(self, context: Context, row: Any) -> list[Cell]:
        """The columns of one row, in their order."""
        found: list[Cell] = []
        values = [row] if len(self.names) == 1 else list(row)
        with context.push(**dict(zip(self.names, values, strict=True)), **{COLUMNS: found}):
            self.body.render(context)
        return found


class ColumnNode(Node):
    """Renders its contents and adds them to the row under way; it leaves nothing where it stands."""

    def __init__(self, name: FilterExpression, options: Options, content: NodeList) -> None:
        self.name = name
        self.options = options
        self.nodelist = content

    def render(self, context: Context) -> SafeString:
        if COLUMNS not in context:
            raise template.TemplateSyntaxError("A column stands inside a table.")
        given = {name: value.resolve(context) for name, value in self.options.items()}
        content = SafeString(self.nodelist.render(context).strip())
        context[COLUMNS].append(Cell(str(self.name.resolve(context)), content, **given))
        return SafeString("")


@register.tag
def table(parser: Parser, token: Token) -> TableNode:
    """`{% table row in rows caption=… %}…{% endtable %}`; `{% table a, b in pairs … %}` takes each row apart."""
    words = token.split_contents()[1:]
    if "in" not in words[1:]:
        raise template.TemplateSyntaxError("A table begins with what its rows are: {% table row in rows … %}.")
    at = words.index("in")
    names = [name for word in words[:at] for name in word.split(",") if name]
    options = _options(parser, words[at + 2 :], allowed={"caption", "empty", "look"})
    if "caption" not in options:
        raise template.TemplateSyntaxError("A table needs a caption, for those who cannot see it.")
    rows = parser.compile_filter(words[at + 1])
    body = parser.parse(("endtable",))
    parser.delete_first_token()
    return TableNode(names, rows, options, body)


@register.tag
def column(parser: Parser, token: Token) -> ColumnNode:
    """`{% column _("Name") number=True %}…{% endcolumn %}`: one column of the table around it."""
    words = token.split_contents()[1:]
    if not words:
        raise template.TemplateSyntaxError("A column needs a name.")
    options = _options(parser, words[1:], allowed={"number", "whole", "roomy", "head", "lang", "dir"})
    name = parser.compile_filter(words[0])
    content = parser.parse(("endcolumn",))
    parser.delete_first_token()
    return ColumnNode(name, options, content)


def _options(parser: Parser, words: list[str], *, allowed: set[str]) -> Options:
    given = template.base.token_kwargs(list(words), parser)
    unknown = set(given) - allowed
    if unknown or len(given) != len(words):
        raise template.TemplateSyntaxError(f"{' '.join(words)}: the options are {', '.join(sorted(allowed))}.")
    return given
