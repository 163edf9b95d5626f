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
few words; `head`, what the row is about; `dir` of what is in it. (No `lang`: a cell carries its column's name in
the page's own language, so what is in another one is marked inside the cell.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, Variable
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()

LOOKS = ("", "list", "even")
ROW = "_cells_of_this_row"  # where a row's cells gather, in the template's context

Options = dict[str, FilterExpression]


@dataclass(frozen=True)
class Column:
    """A column's name and options."""

    name: str
    number: bool = False
    whole: bool = False
    roomy: bool = False
    head: bool = False
    dir: str = ""

    @property
    def kind(self) -> str:
        """Its cells' class."""
        return "cw-number" if self.number else "cw-whole" if self.whole else "cw-roomy" if self.roomy else ""

    def frame(self, labelled: bool) -> tuple[str, str]:
        """The tags around what is in one of its cells. Many cells have the same: made once for each table."""
        tag = "th" if self.head else "td"
        label = self.name if labelled else ""
        given = {"class": self.kind, "data-label": label, "dir": self.dir}
        attributes = {"scope": "row"} if self.head else {}
        attributes |= {name: value for name, value in given.items() if value}
        return format_html("<{}{}>", tag, format_html_join("", ' {}="{}"', attributes.items())), f"</{tag}>"


@dataclass
class Cells:
    """The cells of one row: which columns they are of, and their HTML."""

    frame: Callable[[Column], tuple[str, str]]
    fixed: dict[ColumnNode, tuple[Column, str, str]]  # of this table: each column that is the same in every row
    columns: list[Column] = field(default_factory=list)
    html: list[str] = field(default_factory=list)


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
        frame = cache(partial(Column.frame, labelled=look != "list"))
        fixed: dict[ColumnNode, tuple[Column, str, str]] = {}
        rows = [self.cells(context, row, Cells(frame, fixed)) for row in self.rows.resolve(context) or ()]
        if any(row.columns != rows[0].columns for row in rows):
            raise template.TemplateSyntaxError("The rows of a table have different columns.")
        page = {
            "caption": given["caption"],
            "empty": given.get("empty") or _("Nothing here."),
            "look": look,
            "columns": rows[0].columns if rows else [],
            "rows": [SafeString("".join(row.html)) for row in rows],
        }
        return context.template.engine.get_template("govuk/table.html").render(context.new(page))  # type: ignore[union-attr]

    def cells(self, context: Context, row: Any, found: Cells) -> Cells:
        """The cells of one row, in their order."""
        values = [row] if len(self.names) == 1 else list(row)
        with context.push(**dict(zip(self.names, values, strict=True)), **{ROW: found}):
            self.body.render(context)
        return found


class ColumnNode(Node):
    """Renders its contents and adds them to the row under way; it leaves nothing where it stands."""

    def __init__(self, name: FilterExpression, options: Options, content: NodeList) -> None:
        self.name = name
        self.options = options
        self.nodelist = content
        written = (name, *options.values())
        self.is_fixed = not any(isinstance(each.var, Variable) or each.filters for each in written)

    def render(self, context: Context) -> SafeString:
        row = context.get(ROW)
        if row is None:
            raise template.TemplateSyntaxError("A column stands inside a table.")
        if self not in row.fixed:
            given = {name: value.resolve(context) for name, value in self.options.items()}
            column = Column(str(self.name.resolve(context)), **given)
            made = (column, *row.frame(column))
            if self.is_fixed:
                row.fixed[self] = made
        else:
            made = row.fixed[self]
        column, opening, closing = made
        row.columns.append(column)
        row.html += (opening, self.nodelist.render(context).strip(), closing)
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
    options = _options(parser, words[1:], allowed={"number", "whole", "roomy", "head", "dir"})
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
