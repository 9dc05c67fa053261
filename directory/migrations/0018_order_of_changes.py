"""People can be listed in the order of their last changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("directory", "0017_people_imports")]
    operations = [
        migrations.AddIndex(
            "person",
            models.Index(
                fields=["organization", "modified_at", "id"],
                name="person_changed",
                condition=models.Q(deleted_at=None),
            ),
        ),
    ]
