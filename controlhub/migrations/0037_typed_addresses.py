import django.db.models.functions.datetime
from django.db import migrations, models

import controlhub.models.ids


class Migration(migrations.Migration):
    """The table of addresses that a job looks up."""

    dependencies = [
        ("controlhub", "0036_index_for_revivals"),
    ]

    operations = [
        migrations.CreateModel(
            name="TypedAddress",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "use",
                    models.CharField(
                        choices=[
                            ("sign_in_failed", "Wrong password"),
                            ("password_reset", "Password reset requested"),
                        ],
                        max_length=16,
                    ),
                ),
                ("key", models.TextField()),
                ("source", models.GenericIPAddressField(null=True)),
                ("user_agent", models.TextField(default="")),
                ("request_id", models.CharField(default="", max_length=64)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
    ]
