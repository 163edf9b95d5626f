"""Static files with hashed names."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatic(CompressedManifestStaticFilesStorage):
    """Names change with contents, module imports included, so that a browser may keep each file for ever."""

    support_js_module_import_aggregation = True
