"""All tables with their constraints and indexes, and the functions that columns and indexes call.

Databases made by the migrations that this one replaces have all of it. What each function is for: docs/database.md.
"""

import controlhub.models.documents
import controlhub.models.ids
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

MOMENT = """
CREATE FUNCTION controlhub_moment(timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
"""
FOLD = """
CREATE FUNCTION controlhub_fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN lower($1 COLLATE {collation})
"""
# It calls no function of ours: PostgreSQL builds and restores indexes with a search path of its own.
PARTS = """
CREATE FUNCTION controlhub_parts(
    organization_id uuid, display_name text, user_name text, family_name text, given_name text
) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    mark text := right(organization_id::text, 6);
    shown text := chr(1) || lower(display_name COLLATE {collation});
    part text;
    lexemes text[] := '{{}}';
BEGIN
    IF greatest(length(shown), length(user_name), length(family_name), length(given_name)) > 256 THEN
        lexemes := ARRAY[mark];
    END IF;
    IF length(shown) BETWEEN 2 AND 256 THEN
        FOR start IN 1 .. length(shown) LOOP
            lexemes := array_append(lexemes, mark || substr(shown, start, 8));
        END LOOP;
    END IF;
    part := lower(user_name COLLATE {collation});
    IF length(part) BETWEEN 1 AND 256 THEN
        FOR step IN 0 .. (length(part) - 1) / 2 LOOP
            lexemes := array_append(lexemes, mark || substr(part, 2 * step + 1, 8));
        END LOOP;
    END IF;
    FOREACH part IN ARRAY ARRAY[lower(family_name COLLATE {collation}), lower(given_name COLLATE {collation})] LOOP
        IF length(part) <= 256 AND strpos(shown, part) = 0 THEN
            FOR start IN 1 .. length(part) LOOP
                lexemes := array_append(lexemes, mark || substr(part, start, 8));
            END LOOP;
        END IF;
    END LOOP;
    RETURN array_to_tsvector(lexemes);
END $$
"""
# As Django's `createcachetable` makes it (docs/decisions/0019).
CACHE = """
CREATE UNLOGGED TABLE controlhub_cache (
    cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamp with time zone NOT NULL);
CREATE INDEX controlhub_cache_expires ON controlhub_cache (expires)
"""


def create_functions(apps, schema_editor):
    """Simple Unicode case mapping, whatever locale the database has, as `scim.protocol.values.fold` does it."""
    builtin = schema_editor.connection.pg_version >= 170000
    for function in (FOLD, PARTS):
        schema_editor.execute(function.format(collation="pg_c_utf8" if builtin else '"und-x-icu"'))


def drop_functions(apps, schema_editor):
    schema_editor.execute("DROP FUNCTION controlhub_fold(text)")
    schema_editor.execute("DROP FUNCTION controlhub_parts(uuid, text, text, text, text)")


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("controlhub", "0001_initial"),
        ("controlhub", "0002_throttle"),
        ("controlhub", "0003_fold"),
        ("controlhub", "0004_display_name_search"),
        ("controlhub", "0005_ordinals"),
        ("controlhub", "0006_own_schemas"),
        ("controlhub", "0010_member_counts"),
        ("controlhub", "0011_ordinals_in_order"),
        ("controlhub", "0012_portal_role"),
        ("controlhub", "0013_membership_order"),
        ("controlhub", "0014_members_of_a_group"),
        ("controlhub", "0015_moments"),
        ("controlhub", "0016_lifecycle"),
        ("controlhub", "0018_connections"),
        ("controlhub", "0019_connection_of_each_token"),
        ("controlhub", "0020_token_of_one"),
        ("controlhub", "0021_invitations"),
        ("controlhub", "0022_values_set_aside"),
        ("controlhub", "0023_sign_in"),
        ("controlhub", "0026_no_throttles"),
        ("controlhub", "0027_suffixes_of_names"),
        ("controlhub", "0028_index_of_suffixes"),
        ("controlhub", "0029_short_waiting_list"),
        ("controlhub", "0030_secret_attributes"),
        ("controlhub", "0031_find_secret_attributes"),
        ("controlhub", "0032_removed_before"),
        ("controlhub", "0033_one_index_of_removed_users"),
        ("controlhub", "0034_owner_of_users"),
        ("controlhub", "0035_find_owners_of_users"),
        ("controlhub", "0036_index_for_revivals"),
        ("controlhub", "0037_typed_addresses"),
        ("controlhub", "0041_explicit_active"),
        ("controlhub", "0042_new_tolerances"),
        ("controlhub", "0044_indexes_of_queries"),
        ("controlhub", "0045_slots_of_positions"),
        ("controlhub", "0046_document_size"),
    ]
    dependencies = []
    operations = [
        migrations.RunSQL("CREATE SEQUENCE controlhub_ordinal", "DROP SEQUENCE controlhub_ordinal"),
        migrations.RunSQL(MOMENT, "DROP FUNCTION controlhub_moment(timestamptz)"),
        migrations.RunPython(create_functions, drop_functions),
        migrations.CreateModel(
            name='Organization',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('retention_days', models.PositiveSmallIntegerField(default=30, help_text='Days for which an Inactive user can be recovered.')),
                ('purge_deactivated', models.BooleanField(default=True, help_text='Purge users who were only deactivated too, not just deleted ones.')),
                ('scim_delete', models.CharField(choices=[('purge', 'Remove for good, at once'), ('soft', 'Delete, recoverable until the retention ends')], default='purge', help_text='What a SCIM DELETE means.', max_length=8)),
                ('purge_share', models.PositiveSmallIntegerField(default=5, help_text='Per cent of the users that may be purged in a day before an administrator is asked.')),
                ('purge_floor', models.PositiveIntegerField(default=50, help_text='Users that may be purged in a day in any case, however small the share.')),
                ('hold_reason', models.TextField(default='', help_text='Why nobody is purged here at all; empty: no hold.')),
                ('revive_on_create', models.BooleanField(default=True, help_text='A SCIM POST that meets an Inactive user with that userName revives it (otherwise 409).')),
                ('refused_tolerances', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, default=list, help_text='Deviations from the standard that SCIM refuses here.', size=None)),
                ('unique_group_names', models.BooleanField(default=False, help_text='Refuse a group whose displayName another group has (409).')),
                ('nests_groups', models.BooleanField(default=False, help_text='Whether a group has ever been a member of another.')),
                ('catalogue_version', models.PositiveIntegerField(default=0, help_text="Counts changes of the organization's own schemas; 0 where it has none.")),
                ('secret_attributes', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, help_text='Paths, in lower case, of custom attributes that are never returned.', size=None)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('retention_days__range', (1, 365))), name='organization_retention_days'), models.CheckConstraint(condition=models.Q(('purge_share__range', (1, 100))), name='organization_purge_share'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='organization_name')],
            },
        ),
        migrations.CreateModel(
            name='Connection',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='connections', to='controlhub.organization')),
                ('name', models.CharField(max_length=200)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), size=None)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.TextField(default='')),
                ('client_digest', models.BinaryField(max_length=32, null=True)),
                ('client_prefix', models.CharField(default='', max_length=16)),
                ('client_since', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='users', to='controlhub.organization')),
                ('document', controlhub.models.documents.DocumentField()),
                ('user_name', models.TextField()),
                ('user_name_key', models.TextField(db_collation='C')),
                ('external_id', models.TextField(null=True)),
                ('emails', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('display_name', models.TextField(default='')),
                ('given_name', models.TextField(default='')),
                ('family_name', models.TextField(default='')),
                ('active', models.BooleanField(default=True)),
                ('portal_role', models.CharField(default='', max_length=32)),
                ('source', models.CharField(choices=[('scim', 'SCIM'), ('portal', 'Added manually'), ('command', 'Command line')], default='scim', max_length=16)),
                ('source_label', models.TextField(default='')),
                ('connection', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='users', to='controlhub.connection')),
                ('ordinal', models.BigIntegerField(db_default=controlhub.models.ids.NextOrdinal(), editable=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('modified_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('deactivated_at', models.DateTimeField(null=True)),
                ('original_user_name', models.TextField(null=True)),
                ('deactivated_by', models.TextField(db_default='')),
                ('deactivated_by_kind', models.CharField(db_default='', max_length=16)),
                ('hold_reason', models.TextField(db_default='')),
                ('extended_until', models.DateTimeField(null=True)),
                ('reviewed', models.BooleanField(db_default=True)),
                ('hidden', models.BooleanField(db_default=False)),
                ('verified', models.BooleanField(db_default=True)),
                ('kept_groups', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), db_default=[], size=None)),
                ('access_version', models.PositiveIntegerField(db_default=0, editable=False)),
                ('reassigned_at', models.DateTimeField(null=True)),
                ('moments', models.GeneratedField(db_persist=True, expression=models.Func('created_at', 'modified_at', arg_joiner=') || \'","lastModified":"\' || controlhub_moment(', output_field=models.TextField(), template='\'"created":"\' || controlhub_moment(%(expressions)s) || \'"\''), output_field=models.TextField())),
                ('document_size', models.GeneratedField(db_persist=True, expression=models.Func(django.db.models.functions.comparison.Cast('document', models.TextField()), function='octet_length', output_field=models.IntegerField()), output_field=models.IntegerField())),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('hidden', False)), fields=['organization', 'ordinal'], name='user_page'), models.Index(condition=models.Q(('hidden', False)), fields=['organization', 'created_at', 'ordinal'], name='user_created_order'), models.Index(condition=models.Q(('external_id__isnull', False)), fields=['organization', 'external_id'], name='user_external_id'), models.Index(condition=models.Q(('active', False)), fields=['organization', 'deactivated_at'], name='user_retention'), models.Index(condition=models.Q(('reviewed', False)), fields=['organization'], name='user_to_review'), models.Index(condition=models.Q(('active', False), ('external_id__isnull', False), ('original_user_name', None)), fields=['organization', 'connection', 'external_id'], name='user_revival'), models.Index(models.F('organization'), models.Func('display_name', output_field=models.TextField(), template='CASE WHEN %(expressions)s = \'\' THEN \'1\' ELSE \'0\' || left(controlhub_fold(%(expressions)s), 256) END COLLATE "C"'), models.F('ordinal'), condition=models.Q(('hidden', False)), name='user_display_name_order'), models.Index(models.F('organization'), models.Func('family_name', output_field=models.TextField(), template='CASE WHEN %(expressions)s = \'\' THEN \'1\' ELSE \'0\' || left(controlhub_fold(%(expressions)s), 256) END COLLATE "C"'), models.F('ordinal'), condition=models.Q(('hidden', False)), name='user_family_name_order'), models.Index(models.F('organization'), models.Func('given_name', output_field=models.TextField(), template='CASE WHEN %(expressions)s = \'\' THEN \'1\' ELSE \'0\' || left(controlhub_fold(%(expressions)s), 256) END COLLATE "C"'), models.F('ordinal'), condition=models.Q(('hidden', False)), name='user_given_name_order'), django.contrib.postgres.indexes.GinIndex(fields=['emails'], gin_pending_list_limit=64, name='user_emails'), django.contrib.postgres.indexes.GinIndex(models.Func('organization', 'display_name', 'user_name_key', 'family_name', 'given_name', function='controlhub_parts', output_field=django.contrib.postgres.search.SearchVectorField()), fastupdate=True, gin_pending_list_limit=256, name='user_parts_of_names')],
                'constraints': [models.UniqueConstraint(fields=('organization', 'user_name_key'), name='user_name_unique'), models.CheckConstraint(condition=models.Q(models.Q(('active', True), ('deactivated_at', None)), models.Q(('active', False), ('deactivated_at__isnull', False)), _connector='OR'), name='user_inactive_since')],
            },
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='account', to='controlhub.user')),
                ('sign_in_address', models.TextField()),
                ('sign_in_key', models.TextField(db_collation='C', unique=True)),
                ('role', models.CharField(choices=[('full_admin', 'Full administrator'), ('user_admin', 'User administrator'), ('read_only_admin', 'Read-only administrator'), ('help_desk', 'Help desk'), ('auditor', 'Auditor')], max_length=32)),
                ('by_group', models.BooleanField(default=False)),
                ('theme', models.CharField(choices=[('', 'System'), ('light', 'Light'), ('dark', 'Dark')], default='', max_length=8)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('session_key', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='session key')),
                ('session_data', models.TextField(verbose_name='session data')),
                ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField()),
                ('address', models.GenericIPAddressField(null=True)),
                ('user_agent', models.TextField(default='')),
            ],
            options={
                'verbose_name': 'session',
                'verbose_name_plural': 'sessions',
            },
        ),
        migrations.CreateModel(
            name='AccessToken',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='controlhub.organization')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='controlhub.user')),
                ('connection', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='controlhub.connection')),
                ('kind', models.CharField(choices=[('static', 'Static'), ('oauth', 'OAuth 2.0 client credentials')], default='static', max_length=8)),
                ('name', models.CharField(max_length=200)),
                ('digest', models.BinaryField(max_length=32, unique=True)),
                ('prefix', models.CharField(max_length=16)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('scim:read', 'Read users and groups'), ('scim:write', 'Change users and groups'), ('audit:read', 'Read the audit log')], max_length=32), size=None)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.TextField(default='')),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('last_used_at', models.DateTimeField(null=True)),
                ('last_used_address', models.GenericIPAddressField(null=True)),
                ('last_used_agent', models.TextField(default='')),
                ('warned_days', models.PositiveSmallIntegerField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['expires_at'], name='token_expiry')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('connection__isnull', True), ('user__isnull', False)), models.Q(('connection__isnull', False), ('user__isnull', True)), _connector='OR'), name='token_of_one')],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='invitation', to='controlhub.user')),
                ('digest', models.BinaryField(max_length=32, unique=True)),
                ('address', models.TextField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.TextField(default='')),
                ('expires_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Group',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='controlhub.organization')),
                ('document', controlhub.models.documents.DocumentField()),
                ('display_name', models.TextField()),
                ('display_name_key', models.TextField(db_collation='C')),
                ('external_id', models.TextField(null=True)),
                ('member_count', models.PositiveIntegerField(default=0)),
                ('ordinal', models.BigIntegerField(db_default=controlhub.models.ids.NextOrdinal(), editable=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('modified_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('moments', models.GeneratedField(db_persist=True, expression=models.Func('created_at', 'modified_at', arg_joiner=') || \'","lastModified":"\' || controlhub_moment(', output_field=models.TextField(), template='\'"created":"\' || controlhub_moment(%(expressions)s) || \'"\''), output_field=models.TextField())),
                ('document_size', models.GeneratedField(db_persist=True, expression=models.Func(django.db.models.functions.comparison.Cast('document', models.TextField()), function='octet_length', output_field=models.IntegerField()), output_field=models.IntegerField())),
            ],
            options={
                'indexes': [models.Index(fields=['organization', 'ordinal'], name='group_page'), models.Index(fields=['organization', 'display_name_key', 'ordinal'], name='group_display_name_order'), models.Index(condition=models.Q(('external_id__isnull', False)), fields=['organization', 'external_id'], name='group_external_id')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='controlhub.group')),
                ('user', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='controlhub.user')),
                ('child', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='parents', to='controlhub.group')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('user__isnull', False)), fields=['user', 'group'], name='membership_of_user'), models.Index(condition=models.Q(('child__isnull', False)), fields=['child', 'group'], name='membership_of_child')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('child__isnull', True), ('user__isnull', False)), models.Q(('child__isnull', False), ('user__isnull', True)), _connector='OR'), name='membership_one_member'), models.UniqueConstraint(fields=('group', 'user'), name='membership_user'), models.UniqueConstraint(condition=models.Q(('child__isnull', False)), fields=('group', 'child'), name='membership_child')],
            },
        ),
        migrations.CreateModel(
            name='RoleMapping',
            fields=[
                ('group', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='role_mapping', serialize=False, to='controlhub.group')),
                ('role', models.CharField(choices=[('full_admin', 'Full administrator'), ('user_admin', 'User administrator'), ('read_only_admin', 'Read-only administrator'), ('help_desk', 'Help desk'), ('auditor', 'Auditor')], max_length=32)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.TextField(default='')),
            ],
        ),
        migrations.CreateModel(
            name='IdentityProvider',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='identity_providers', to='controlhub.organization')),
                ('name', models.CharField(max_length=40)),
                ('issuer', models.TextField()),
                ('client_id', models.CharField(max_length=191)),
                ('sealed_secret', models.TextField(default='')),
                ('match_claim', models.CharField(default='', max_length=64)),
                ('is_listed', models.BooleanField(default=True, help_text='Offered on the sign-in page.')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='CustomSchema',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='schemas', to='controlhub.organization')),
                ('urn', models.TextField()),
                ('urn_key', models.TextField(db_collation='C')),
                ('document', models.JSONField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'urn_key'), name='custom_schema_urn')],
            },
        ),
        migrations.CreateModel(
            name='CustomResourceType',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='resource_types', to='controlhub.organization')),
                ('name', models.TextField()),
                ('endpoint', models.TextField()),
                ('description', models.TextField(default='')),
                ('schema', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='resource_types', to='controlhub.customschema')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('organization'), django.db.models.functions.text.Lower('name'), name='custom_type_name'), models.UniqueConstraint(models.F('organization'), django.db.models.functions.text.Lower('endpoint'), name='custom_type_endpoint')],
            },
        ),
        migrations.CreateModel(
            name='SchemaExtension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='schema_extensions', to='controlhub.organization')),
                ('resource_type', models.TextField()),
                ('schema', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='extensions', to='controlhub.customschema')),
                ('required', models.BooleanField(default=False)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'resource_type', 'schema'), name='schema_extension_once')],
            },
        ),
        migrations.CreateModel(
            name='Resource',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='resources', to='controlhub.organization')),
                ('resource_type', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='resources', to='controlhub.customresourcetype')),
                ('document', controlhub.models.documents.DocumentField()),
                ('external_id', models.TextField(null=True)),
                ('ordinal', models.BigIntegerField(db_default=controlhub.models.ids.NextOrdinal(), editable=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('modified_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('moments', models.GeneratedField(db_persist=True, expression=models.Func('created_at', 'modified_at', arg_joiner=') || \'","lastModified":"\' || controlhub_moment(', output_field=models.TextField(), template='\'"created":"\' || controlhub_moment(%(expressions)s) || \'"\''), output_field=models.TextField())),
                ('document_size', models.GeneratedField(db_persist=True, expression=models.Func(django.db.models.functions.comparison.Cast('document', models.TextField()), function='octet_length', output_field=models.IntegerField()), output_field=models.IntegerField())),
            ],
            options={
                'indexes': [models.Index(fields=['organization', 'resource_type', 'ordinal'], name='resource_page'), models.Index(condition=models.Q(('external_id__isnull', False)), fields=['organization', 'resource_type', 'external_id'], name='resource_external_id')],
            },
        ),
        migrations.CreateModel(
            name='UniqueValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='controlhub.organization')),
                ('set_aside', models.BooleanField(db_default=False)),
                ('resource_type', models.TextField()),
                ('attribute', models.TextField()),
                ('key', models.TextField(db_collation='C')),
                ('resource_id', models.UUIDField(db_index=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('set_aside', False)), fields=('organization', 'resource_type', 'attribute', 'key'), name='unique_value_once')],
            },
        ),
        migrations.CreateModel(
            name='RowCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.UUIDField()),
                ('kind', models.TextField(db_collation='C')),
                ('bucket', models.BigIntegerField(db_default=0)),
                ('rows', models.BigIntegerField()),
                ('removed', models.BigIntegerField(default=0)),
            ],
            options={
                'indexes': [models.Index(fields=['organization_id', 'kind', 'bucket'], name='row_count_of_bucket')],
            },
        ),
        migrations.CreateModel(
            name='PagePosition',
            fields=[
                ('pk', models.CompositePrimaryKey('token_id', 'slot', blank=True, editable=False, primary_key=True, serialize=False)),
                ('token_id', models.UUIDField()),
                ('slot', models.BinaryField(db_column='query', max_length=16)),
                ('query', models.BinaryField(db_column='digest', db_default=b'', max_length=16)),
                ('start_index', models.BigIntegerField()),
                ('first', models.BigIntegerField()),
                ('next_index', models.BigIntegerField()),
                ('last', models.BigIntegerField()),
                ('total', models.BigIntegerField()),
                ('removed', models.BigIntegerField()),
                ('noted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='TypedAddress',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('use', models.CharField(choices=[('sign_in_failed', 'Wrong password'), ('password_reset', 'Password reset requested')], max_length=16)),
                ('key', models.TextField()),
                ('source', models.GenericIPAddressField(null=True)),
                ('user_agent', models.TextField(default='')),
                ('request_id', models.CharField(default='', max_length=64)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='PurgeRun',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='purge_runs', to='controlhub.organization')),
                ('state', models.CharField(choices=[('done', 'Done'), ('staged', 'Waits for an administrator'), ('allowed', 'Allowed'), ('held', 'Held')], default='done', max_length=8)),
                ('due', models.IntegerField()),
                ('purged', models.IntegerField(default=0)),
                ('started_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('staged_at', models.DateTimeField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.TextField(default='')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', '-changed_at'], name='purge_run_newest')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ('staged', 'allowed', 'held'))), fields=('organization',), name='purge_run_open')],
            },
        ),
        migrations.CreateModel(
            name='PurgedUser',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='controlhub.organization')),
                ('created_at', models.DateTimeField()),
                ('inactive_since', models.DateTimeField(null=True)),
                ('purged_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('cause', models.CharField(choices=[('retention', 'The retention period has ended'), ('scim', 'SCIM DELETE'), ('admin', 'Deleted permanently by an administrator')], max_length=16)),
                ('tokens_revoked', models.IntegerField(default=0)),
                ('sessions_ended', models.IntegerField(default=0)),
                ('groups_left', models.IntegerField(default=0)),
                ('removed_before', models.BigIntegerField(default=0, editable=False)),
            ],
            options={
                'indexes': [models.Index(fields=['organization', '-purged_at'], name='purged_user_newest')],
            },
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('name', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('expected_since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('succeeded_at', models.DateTimeField(null=True)),
                ('seconds', models.FloatField(default=0)),
                ('count', models.BigIntegerField(default=0)),
                ('runs', models.BigIntegerField(default=0)),
                ('error', models.TextField(default='')),
                ('failed_at', models.DateTimeField(null=True)),
                ('overdue_reported_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='OutgoingMail',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='controlhub.organization')),
                ('address', models.TextField()),
                ('subject', models.TextField()),
                ('body', models.TextField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('try_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('sent_at', models.DateTimeField(null=True)),
                ('error', models.TextField(default='')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('try_at__isnull', False)), fields=['try_at'], name='mail_to_send')],
            },
        ),
        migrations.RunSQL(CACHE, "DROP TABLE controlhub_cache"),
    ]
