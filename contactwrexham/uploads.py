"""No form takes files: a request that brings one is refused before any of it is stored."""

from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler


class NoFiles(FileUploadHandler):
    """Refuses every file."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise SuspiciousOperation("a file was sent")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
