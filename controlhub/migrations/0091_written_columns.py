"""What is known when a user is written is no longer computed by PostgreSQL (decision 0128)."""

from django.db import migrations, models
from django.db.models.functions import Now

NEW_MOMENTS = """replace('"created":"@","lastModified":"@"', '@', controlhub_moment(%(expressions)s))"""
WRITTEN = f"""
ALTER TABLE controlhub_user
    ALTER COLUMN moments DROP EXPRESSION,
    ALTER COLUMN document_size DROP EXPRESSION,
    DROP CONSTRAINT controlhub_user_version_check,
    DROP CONSTRAINT controlhub_user_access_version_check;
ALTER TABLE controlhub_user
    ALTER COLUMN moments SET DEFAULT {NEW_MOMENTS % {"expressions": "STATEMENT_TIMESTAMP()"}},
    ALTER COLUMN moments SET NOT NULL,
    ALTER COLUMN document_size SET NOT NULL
"""
COMPUTED = """
ALTER TABLE controlhub_user DROP COLUMN moments, DROP COLUMN document_size;
ALTER TABLE controlhub_user
    ADD COLUMN moments text GENERATED ALWAYS AS ('"created":"' || controlhub_moment(created_at)
        || '","lastModified":"' || controlhub_moment(modified_at) || '"') STORED,
    ADD COLUMN document_size integer GENERATED ALWAYS AS (octet_length(document::text)) STORED,
    ADD CONSTRAINT controlhub_user_version_check CHECK (version >= 0),
    ADD CONSTRAINT controlhub_user_access_version_check CHECK (access_version >= 0)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('controlhub', '0090_stream_ranges'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(WRITTEN, COMPUTED)],
            [
                migrations.AlterField(
                    'user',
                    'moments',
                    models.TextField(
                        db_default=models.Func(Now(), output_field=models.TextField(), template=NEW_MOMENTS)
                    ),
                ),
                migrations.AlterField('user', 'document_size', models.IntegerField()),
                migrations.AlterField('user', 'version', models.IntegerField(default=1)),
                migrations.AlterField(
                    'user', 'access_version', models.IntegerField(db_default=0, editable=False)
                ),
            ],
        ),
    ]
