"""Microsoft Graph's synchronization schema: mappings and scoping filters as Entra exports and imports them.

    synchronizationRules[] → objectMappings[] → attributeMappings[] {source, targetAttributeName, flowType, …}
                                              → scope.groups[] → clauses[]

Source: microsoft-graph-docs-contrib, api-reference/beta/resources/synchronization-*.md. Parts of a document that
we do not support are reported, never guessed.
"""

from directory.provisioning.graph_schema.documents import MAX_REPORT, Loaded, Note, ObjectMapping, SchemaError
from directory.provisioning.graph_schema.reading import MAX_BYTES, load
from directory.provisioning.graph_schema.writing import dump

__all__ = ["MAX_BYTES", "MAX_REPORT", "Loaded", "Note", "ObjectMapping", "SchemaError", "dump", "load"]
