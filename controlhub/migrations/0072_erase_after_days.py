"""After how many days the personal data of permanently deleted users is erased by itself; 0 for never."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0071_erasure")]
    operations = [
        migrations.AddField(
            "organization", "erase_after_days", models.PositiveSmallIntegerField(db_default=0, default=0)
        ),
        migrations.AddConstraint(
            "organization",
            models.CheckConstraint(
                condition=models.Q(("erase_after_days__range", (0, 3650))), name="organization_erase_after_days"
            ),
        ),
        migrations.AddIndex(
            "purgeduser",
            models.Index(
                condition=models.Q(("erased_at__isnull", True)),
                fields=["organization", "purged_at"],
                name="purged_user_kept",
            ),
        ),
    ]
