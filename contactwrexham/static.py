"""Static files with hashed names, our own without their comments and empty space."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rcssmin
import rjsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHORTENED = {".css": rcssmin.cssmin, ".js": rjsmin.jsmin}


def shortened(name: str, text: str) -> str:
    """A style sheet or script of ours as it is sent; whatever else there is stays as it is."""
    path = Path(name)
    return SHORTENED[path.suffix](text) if path.suffix in SHORTENED and path.parts[0] in {"css", "js"} else text


class HashedStatic(CompressedManifestStaticFilesStorage):
    """Names change with contents, module imports included, so that a browser may keep each file for ever."""

    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        for name in [] if dry_run else paths:
            path = Path(self.path(name))
            if path.suffix in SHORTENED:
                text = path.read_text(encoding="utf-8")
                path.write_text(shortened(name, text), encoding="utf-8")
        yield from super().post_process(paths, dry_run, **options)
