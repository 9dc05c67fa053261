"""Indexes over the names of Inactive and of deleted users, for their lists in this order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("controlhub", "0078_streams"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                models.F("organization"),
                models.Func(
                    models.Func(
                        models.Func("display_name", template="NULLIF(btrim(%(expressions)s), '')"),
                        models.Func(
                            "given_name",
                            "family_name",
                            arg_joiner=" || ' ' || ",
                            template="NULLIF(btrim(%(expressions)s), '')",
                        ),
                        "user_name",
                        function="COALESCE",
                        output_field=models.TextField(),
                    ),
                    output_field=models.TextField(),
                    template='left(controlhub_fold(%(expressions)s), 256) COLLATE "C"',
                ),
                models.F("ordinal"),
                condition=models.Q(("active", False), ("original_user_name", None)),
                name="user_inactive_name",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                models.F("organization"),
                models.Func(
                    models.Func(
                        models.Func("display_name", template="NULLIF(btrim(%(expressions)s), '')"),
                        models.Func(
                            "given_name",
                            "family_name",
                            arg_joiner=" || ' ' || ",
                            template="NULLIF(btrim(%(expressions)s), '')",
                        ),
                        "user_name",
                        function="COALESCE",
                        output_field=models.TextField(),
                    ),
                    output_field=models.TextField(),
                    template='left(controlhub_fold(%(expressions)s), 256) COLLATE "C"',
                ),
                models.F("ordinal"),
                condition=models.Q(("active", False), ("original_user_name__isnull", False)),
                name="user_deleted_name",
            ),
        ),
    ]
