"""Imports of users: upload, check (dry run) and import."""

from controlhub.actions.imports.applying import UserImportJob
from controlhub.actions.imports.checking import ImportCheck
from controlhub.actions.imports.control import apply_import, check_import, sweep_imports, upload_import

__all__ = ["ImportCheck", "UserImportJob", "apply_import", "check_import", "sweep_imports", "upload_import"]
