"""The gallery: known SCIM services, one JSON file each, with their mappings, quirks and sources."""

from directory.gallery.templates import BLANK, Source, Template, TemplateError, load_template, template_of, templates

__all__ = ["BLANK", "Source", "Template", "TemplateError", "load_template", "template_of", "templates"]
