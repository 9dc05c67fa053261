"""Static files: bundled into a few files, with names that change with their content."""

from pipeline.storage import PipelineMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(PipelineMixin, CompressedManifestStaticFilesStorage):
    """Bundles the style sheets and scripts that `PIPELINE` names, then hashes and compresses all files."""
