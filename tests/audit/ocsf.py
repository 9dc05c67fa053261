"""The schemas of the OCSF classes that streams use (https://schema.ocsf.io/1.6.0/)."""

from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

CLASSES = {3001: "account_change", 3002: "authentication", 3004: "entity_management", 3006: "group_management"}


def schemas_of_classes():
    """A validator for each class, by class ID."""
    made = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.6.0"))
    return {uid: Draft202012Validator(made.get_class_schema(class_name=name)) for uid, name in CLASSES.items()}
