"""A cycle knows the few accounts that an application had; links are found by their ids without statistics."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("directory", "0013_asked_cycles")]
    operations = [
        migrations.RemoveField("cycle", "is_target_empty"),
        migrations.AddField("cycle", "known", models.JSONField(default=dict)),
        migrations.RemoveField("link", "sent"),
        migrations.RemoveConstraint("link", "link_local"),
        migrations.RemoveConstraint("link", "link_remote"),
        migrations.AddConstraint(
            "link", models.UniqueConstraint(fields=["local_id", "application", "kind"], name="link_of_local")
        ),
        migrations.AddConstraint(
            "link", models.UniqueConstraint(fields=["remote_id", "application", "kind"], name="link_of_remote")
        ),
        migrations.AddIndex("link", models.Index(fields=["application"], name="link_of_application")),
    ]
