"""Organizations know which of their own attributes nobody is told, so that the audit log does not tell them either."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0029_short_waiting_list")]
    operations = [
        migrations.AddField(
            model_name="organization",
            name="secret_attributes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                default=list,
                help_text="Paths, in lower case, of own attributes that nobody is told.",
                size=None,
            ),
        ),
    ]
