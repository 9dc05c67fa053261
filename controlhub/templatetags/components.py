"""`{% component "card" title="Groups" %}…{% endcomponent %}` renders `components/_card.html` around its content.

The component's template shows the content as `{{ content }}`, and each `{% slot actions %}…{% endslot %}` in it under
the slot's name. It sees the values that it is given and the SHARED variables, and no other variables of the page.
"""

from collections.abc import Mapping
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
SHARED = ("request", "csrf_token")


class SlotNode(Node):
    """A named part of a component's content."""

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:  # noqa: ARG002 — its component renders it
        return SafeString()


class ComponentNode(Node):
    def __init__(self, name: str, values: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.name = name
        self.values = values
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        values: dict[str, Any] = {name: value.resolve(context) for name, value in self.values.items()}
        with context.push(component=values):
            slots = {slot.name: _rendered(slot.nodelist, context) for slot in self._slots()}
            content = _rendered(self.nodelist, context)
        template = context.template.engine.get_template(f"components/_{self.name}.html")  # type: ignore[union-attr]
        shared = {name: context[name] for name in SHARED if name in context}
        return template.render(context.new({**shared, **values, **slots, "content": content}))

    def _slots(self) -> list[SlotNode]:
        return [node for node in self.nodelist if isinstance(node, SlotNode)]


@register.tag("component")
def component(parser: Parser, token: Token) -> ComponentNode:
    _, name, *rest = token.split_contents()
    values = token_kwargs(rest, parser)
    if rest:
        raise template.TemplateSyntaxError(f"A component takes name=value after its name, not {rest[0]}.")
    nodelist = parser.parse(("endcomponent",))
    parser.delete_first_token()
    return ComponentNode(name.strip("\"'"), values, nodelist)


@register.tag("slot")
def slot(parser: Parser, token: Token) -> SlotNode:
    _, name = token.split_contents()
    nodelist = parser.parse(("endslot",))
    parser.delete_first_token()
    return SlotNode(name, nodelist)


class CellNode(Node):
    """A cell. The markup around its content depends only on the column, and is built once for each table."""

    def __init__(self, key: FilterExpression, css: FilterExpression | None, nodelist: NodeList) -> None:
        self.key = key
        self.css = css
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        css = str(self.css.resolve(context)) if self.css else ""
        before, after = context["component"]["table"].around(str(self.key.resolve(context)), css)
        return SafeString(f"{before}{_rendered(self.nodelist, context)}{after}")


@register.tag("cell")
def cell(parser: Parser, token: Token) -> CellNode:
    """`{% cell "name" %}…{% endcell %}`: the cell in this column of the enclosing table, with extra classes."""
    _, key, *css = token.split_contents()
    nodelist = parser.parse(("endcell",))
    parser.delete_first_token()
    return CellNode(parser.compile_filter(key), parser.compile_filter(css[0]) if css else None, nodelist)


@register.simple_tag(takes_context=True)
def row(context: Context, cells: Mapping[str, SafeString]) -> SafeString:
    """A row of a long table with selectable columns, from cells by column: a `cell` tag costs more than its content."""
    table = context["component"]["table"]
    shown = [cells[column.key].join(table.around(column.key, "")) for column in table.columns]
    return SafeString(f'<tr role="row">{"".join(shown)}</tr>')


def _rendered(nodelist: NodeList, context: Context) -> SafeString:
    return mark_safe(nodelist.render(context).strip())  # noqa: S308 — rendered, and escaped, by Django
