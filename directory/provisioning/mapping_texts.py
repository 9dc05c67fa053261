"""Mappings and scoping filters on one line each, as lists and events show them."""

from directory.provisioning.mapping import AttributeMapping, Kind
from directory.provisioning.scope import ScopingFilter


def written(mapping: AttributeMapping) -> str:
    """A mapping on one line: its source, then whatever differs from the defaults."""
    parts = [source_text(mapping)]
    if mapping.matching is not None:
        parts.append(f"matching {mapping.matching}")
    if mapping.when != "always":
        parts.append("only during creation")
    if mapping.default:
        parts.append(f'default "{mapping.default}"')
    if mapping.type:
        parts.append(f"type {mapping.type}")
    if not mapping.case_exact:
        parts.append("case ignored")
    return ", ".join(part for part in parts if part)


def source_text(mapping: AttributeMapping) -> str:
    """The source of a mapping, in the syntax of expressions; "" if it has only a default."""
    match mapping.kind:
        case Kind.DIRECT:
            return f"[{mapping.value}]"
        case Kind.CONSTANT:
            return f'"{mapping.value}"'
        case Kind.EXPRESSION:
            return mapping.value
    return ""


def written_filter(scope: ScopingFilter) -> list[str]:
    """One line for each group of clauses, all of which must match."""
    return [f"{group.name}: {' AND '.join(map(str, group.clauses))}" for group in scope.groups]
