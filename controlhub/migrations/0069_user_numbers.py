"""Phone and employee numbers of users, and the index that finds them (docs/decisions/0066)."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

# What controlhub.text.number_entries does, for the users there are: some pages of the table in each transaction.
FILL = """
DO $$
DECLARE
    pages CONSTANT bigint := pg_relation_size('controlhub_user') / current_setting('block_size')::bigint;
    step CONSTANT bigint := 2000;
BEGIN
    FOR number IN 0 .. pages / step LOOP
        UPDATE controlhub_user u SET numbers = ARRAY(
            SELECT right(u.organization_id::text, 6) || entry FROM (
                SELECT 'e' || key AS entry FROM (SELECT controlhub_fold(btrim(u.document
                    -> 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User' ->> 'employeeNumber',
                    E' \\t\\n\\r\\f\\v')) AS key) AS e WHERE key <> '' AND char_length(key) <= 64
                UNION
                SELECT kind || CASE kind WHEN 'f' THEN digits ELSE reverse(digits) END
                FROM json_array_elements(CASE json_typeof(u.document -> 'phoneNumbers') WHEN 'array'
                        THEN u.document -> 'phoneNumbers' ELSE '[]' END) AS phone
                CROSS JOIN LATERAL (SELECT ltrim(regexp_replace(phone ->> 'value', '[^0-9]', '', 'g'), '0')) AS d(digits)
                CROSS JOIN unnest(ARRAY['f', 'l']) AS k(kind)
                WHERE char_length(digits) BETWEEN 4 AND 64
            ) AS entries ORDER BY entry COLLATE "C" LIMIT 20)
        WHERE u.ctid >= format('(%s,0)', number * step)::tid AND u.ctid < format('(%s,0)', (number + 1) * step)::tid
            AND (u.document::text LIKE '%phoneNumbers%' OR u.document::text LIKE '%employeeNumber%');
        COMMIT;
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("controlhub", "0068_import_outcomes")]
    operations = [
        migrations.AddField(
            model_name="user",
            name="numbers",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="user",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(
                    "numbers",
                    function="array_to_tsvector",
                    output_field=django.contrib.postgres.search.SearchVectorField(),
                ),
                condition=models.Q(
                    models.Func(
                        "numbers",
                        output_field=models.BooleanField(),
                        template="(%(expressions)s <> '{}'::text[])",
                    )
                ),
                gin_pending_list_limit=256,
                name="user_numbers",
            ),
        ),
    ]
