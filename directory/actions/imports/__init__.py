"""Imports of people into the directory: upload with a check (dry run), and import."""

from directory.actions.imports.applying import PeopleImportJob
from directory.actions.imports.checking import PeopleImportCheck
from directory.actions.imports.control import apply_people, sweep_people_imports, upload_people

__all__ = ["PeopleImportCheck", "PeopleImportJob", "apply_people", "sweep_people_imports", "upload_people"]
