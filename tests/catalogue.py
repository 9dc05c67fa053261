"""Reads the schema of a database from PostgreSQL's catalogue, in a form that can be compared."""

import re

SCHEMA = """
SELECT 'relation', relname, concat_ws(' ', relkind, relpersistence,
    (SELECT string_agg(option, ', ' ORDER BY option) FROM unnest(reloptions) AS option))
FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'column', attrelid::regclass::text || '.' || attname,
    concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attgenerated, attidentity, attcollation::regcollation,
    pg_get_expr(adbin, adrelid))
FROM pg_attribute JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT 'constraint', conrelid::regclass::text || '.' || conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL
SELECT 'index', indexrelid::regclass::text, concat_ws(' ',
    split_part(pg_get_indexdef(indexrelid), ' WITH (', 1), pg_get_expr(indpred, indrelid), indisvalid)
FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'function', oid::regprocedure::text, pg_get_functiondef(oid)
FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL
SELECT 'trigger', tgrelid::regclass::text || '.' || tgname, pg_get_triggerdef(oid)
FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'sequence', seqrelid::regclass::text, concat_ws(' ', seqtypid::regtype, seqstart, seqincrement, seqcycle)
FROM pg_sequence
"""

# The name, and the table that the object belongs to.
OBJECTS = """
SELECT 'function', proname, '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL
SELECT 'trigger', tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'generated column', attname, attrelid::regclass::text FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
WHERE attgenerated <> '' AND relkind = 'r'
UNION ALL
SELECT 'expression index', indexrelid::regclass::text, indrelid::regclass::text
FROM pg_index JOIN pg_class c ON c.oid = indrelid
WHERE relnamespace = 'public'::regnamespace AND indexprs IS NOT NULL
UNION ALL
SELECT 'cascading foreign key', attname, conrelid::regclass::text
FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
WHERE contype = 'f' AND confdeltype = 'c'
UNION ALL
SELECT 'sequence', relname, '' FROM pg_class s
WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'
AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = s.oid AND deptype IN ('a', 'i') AND refobjsubid > 0)
UNION ALL
SELECT 'unlogged table', relname, '' FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relpersistence = 'u'
UNION ALL
SELECT 'fillfactor', split_part(option, '=', 2), relname FROM pg_class, unnest(reloptions) AS option
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND option LIKE 'fillfactor=%'
"""


def schema(connection):
    """Everything in the schema: kind, name and definition."""
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA)
        return {(kind, name, _plain(definition)) for kind, name, definition in cursor.fetchall()}


def objects(connection):
    """Everything that PostgreSQL does automatically: kind, name, and the table or ""."""
    with connection.cursor() as cursor:
        cursor.execute(OBJECTS)
        return set(cursor.fetchall())


def rows(connection, table):
    """The rows of a table as text, sorted."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT t::text FROM "{table}" AS t ORDER BY 1')
        return [row[0] for row in cursor.fetchall()]


def _plain(definition):
    """Removes casts and parentheses, whose position differs in a restored dump, and the schema of the test clock."""
    return re.sub(r"::(text|character varying)(\[\])?|[()]|\btest_clock\.", "", definition)
