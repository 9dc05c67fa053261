"""Imports of people into the directory: files, and their rows with the results of the check and of the import."""

import controlhub.models.ids
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('controlhub', '0082_audit_retention'),
        ('directory', '0015_known_accounts'),
    ]

    operations = [
        migrations.CreateModel(
            name='PeopleImport',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('file_name', models.TextField()),
                ('encoding', models.TextField(default='')),
                ('delimiter', models.TextField(default='')),
                ('header', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('row_count', models.IntegerField()),
                ('created_by_label', models.TextField(default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('left_out', models.IntegerField(default=0)),
                ('check_job', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='controlhub.job')),
                ('job', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='controlhub.job')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='people_imports', to='controlhub.organization')),
            ],
        ),
        migrations.CreateModel(
            name='PersonRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('cells', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('key', models.TextField(db_collation='C', default='')),
                ('user_id', models.UUIDField(null=True)),
                ('exists', models.BooleanField(default=False)),
                ('label', models.TextField(default='')),
                ('user_name', models.TextField(default='')),
                ('result', models.CharField(choices=[('error', 'Error'), ('deleted', 'Decide'), ('create', 'Create'), ('update', 'Update'), ('deactivate', 'Deactivate'), ('unchanged', 'Unchanged')], default='', max_length=16)),
                ('rank', models.SmallIntegerField(default=2)),
                ('details', models.JSONField(default=dict)),
                ('outcome', models.CharField(choices=[('created', 'Created'), ('updated', 'Updated'), ('restored', 'Restored'), ('deactivated', 'Deactivated'), ('unchanged', 'Unchanged'), ('left_out', 'Left out'), ('error', 'Error')], default='', max_length=16)),
                ('waits', models.BooleanField(default=False)),
                ('people_import', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='directory.peopleimport')),
            ],
        ),
        migrations.AddIndex(
            model_name='peopleimport',
            index=models.Index(fields=['organization', '-id'], name='people_import_newest'),
        ),
        migrations.AddIndex(
            model_name='peopleimport',
            index=models.Index(fields=['created_at'], name='people_import_age'),
        ),
        migrations.AddIndex(
            model_name='peopleimport',
            index=models.Index(fields=['check_job'], name='people_import_check_job'),
        ),
        migrations.AddIndex(
            model_name='peopleimport',
            index=models.Index(fields=['job'], name='people_import_job'),
        ),
        migrations.AddIndex(
            model_name='personrow',
            index=models.Index(fields=['people_import', 'id'], name='person_row_order'),
        ),
        migrations.AddIndex(
            model_name='personrow',
            index=models.Index(fields=['people_import', 'rank', 'id'], name='person_row_rank'),
        ),
        migrations.AddIndex(
            model_name='personrow',
            index=models.Index(fields=['people_import', 'key', 'id'], name='person_row_key'),
        ),
        migrations.AddIndex(
            model_name='personrow',
            index=models.Index(condition=models.Q(('waits', True)), fields=['people_import', 'id'], name='person_row_waits'),
        ),
        migrations.AddIndex(
            model_name='personrow',
            index=models.Index(fields=['user_id'], name='person_row_person'),
        ),
    ]
