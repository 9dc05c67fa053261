"""Who was removed knows how many were before, so that a SCIM DELETE need not count those of the last hour.

For those who are there already it is 0, with which they are counted.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0031_find_secret_attributes")]
    operations = [
        migrations.AddField(
            model_name="purgeduser",
            name="removed_before",
            field=models.BigIntegerField(default=0, editable=False),
        ),
    ]
