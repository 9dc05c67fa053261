"""From which addresses tokens are used (decision 0131); those of the request log are known from the beginning."""

import django.db.models.deletion
from django.db import migrations, models

CASCADE = """
ALTER TABLE controlhub_tokenaddress ADD CONSTRAINT token_address_token FOREIGN KEY (token_id)
    REFERENCES controlhub_accesstoken (id) ON DELETE CASCADE
"""
KNOWN = """
INSERT INTO controlhub_tokenaddress (token_id, address, last_used_at)
SELECT token_id, address, max(at) FROM (
    SELECT r.token_id, CASE family(r.address) WHEN 4 THEN r.address ELSE
        host(network(set_masklen(r.address, 64)))::inet END AS address, r.at
    FROM controlhub_scimrequest r JOIN controlhub_accesstoken t ON t.id = r.token_id WHERE r.address IS NOT NULL
    UNION ALL
    SELECT id, CASE family(last_used_address) WHEN 4 THEN last_used_address ELSE
        host(network(set_masklen(last_used_address, 64)))::inet END, last_used_at
    FROM controlhub_accesstoken WHERE last_used_address IS NOT NULL AND last_used_at IS NOT NULL) AS used
GROUP BY token_id, address
"""


class Migration(migrations.Migration):

    dependencies = [
        ('controlhub', '0086_streams_to_files'),
    ]

    operations = [
        migrations.CreateModel(
            name='TokenAddress',
            fields=[
                ('pk', models.CompositePrimaryKey('token_id', 'address', blank=True, editable=False, primary_key=True, serialize=False)),
                ('token', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='controlhub.accesstoken')),
                ('address', models.GenericIPAddressField()),
                ('last_used_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['last_used_at'], name='token_address_age')],
            },
        ),
        migrations.RunSQL(CASCADE, migrations.RunSQL.noop),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
