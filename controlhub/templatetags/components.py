"""`{% component "card" title="Groups" %}…{% endcomponent %}` renders `components/_card.html` around what it encloses.

The component's template shows the enclosed part as `{{ content }}`, and each `{% slot actions %}…{% endslot %}` in it
under the slot's name. It sees the values it is given and what is SHARED, and nothing else of the page.
"""

from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
SHARED = ("request", "csrf_token")


class SlotNode(Node):
    """A named part of what a component encloses."""

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


@register.simple_block_tag(takes_context=True)
def cell(context: Context, content: SafeString, key: str, css: str = "") -> SafeString:
    """The cell of the column `key` of the table that encloses it; a header cell where the column names the row."""
    column = context["component"]["table"].column(key)
    classes = f"{column.css} {css}".strip()
    name, role = ("th", "rowheader") if column.is_row_header else ("td", "cell")
    attributes = {"role": role, "class": classes, "scope": "row" if column.is_row_header else ""}
    attributes |= {"data-l": column.label if column.is_labelled else ""}
    shown = format_html_join("", ' {}="{}"', ((key, value) for key, value in attributes.items() if value))
    return format_html("<{}{}>{}</{}>", name, shown, content, name)


def _rendered(nodelist: NodeList, context: Context) -> SafeString:
    return mark_safe(nodelist.render(context).strip())  # noqa: S308 — rendered, and escaped, by Django
