"""Indexes for the order and the filters of the portal's list of users (docs/user-lists.md)."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('controlhub', '0050_drop_suffixes'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='user',
            index=models.Index(models.F('organization'), models.Func(models.Func(models.Func('display_name', template="NULLIF(btrim(%(expressions)s), '')"), models.Func('given_name', 'family_name', arg_joiner=" || ' ' || ", template="NULLIF(btrim(%(expressions)s), '')"), 'user_name', function='COALESCE', output_field=models.TextField()), output_field=models.TextField(), template='left(controlhub_fold(%(expressions)s), 256) COLLATE "C"'), models.F('ordinal'), condition=models.Q(('active', True), ('original_user_name', None), _connector='OR'), name='user_shown_name_order'),
        ),
        AddIndexConcurrently(
            model_name='user',
            index=models.Index(condition=models.Q(('active', True), ('original_user_name', None), _connector='OR'), fields=['organization', 'user_name_key', 'ordinal'], name='user_address_order'),
        ),
        AddIndexConcurrently(
            model_name='user',
            index=models.Index(models.Func('user_name_key', output_field=models.TextField(db_collation='C'), template="split_part(%(expressions)s, '@', -1)"), models.F('organization'), name='user_domain'),
        ),
        AddIndexConcurrently(
            model_name='user',
            index=models.Index(fields=['connection', 'organization'], name='user_connection'),
        ),
        AddIndexConcurrently(
            model_name='user',
            index=models.Index(condition=models.Q(('active', False), ('original_user_name__isnull', False)), fields=['organization', 'deactivated_at', 'ordinal'], include=('hidden',), name='user_deleted'),
        ),
        AddIndexConcurrently(
            model_name='user',
            index=models.Index(condition=models.Q(('active', False), ('original_user_name', None)), fields=['organization', 'deactivated_at', 'ordinal'], name='user_inactive'),
        ),
        AddIndexConcurrently(
            model_name='user',
            index=models.Index(condition=models.Q(('verified', False)), fields=['organization'], name='user_not_verified'),
        ),
        AddIndexConcurrently(
            model_name='user',
            index=models.Index(condition=models.Q(('portal_role', ''), _negated=True), fields=['organization', 'portal_role'], name='user_with_role'),
        ),
    ]
