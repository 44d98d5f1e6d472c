"""Stop an upload at the limit while it comes in, before it fills the disk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Write a file to the temporary folder up to UPLOAD_MAX_BYTES; above it keep nothing and say so.

    The rest of the request is read and dropped: the browser sees the answer, not a broken connection.
    """

    is_too_large = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a chunk, or stop at the limit."""
        if start + len(raw_data) > settings.UPLOAD_MAX_BYTES:
            self.is_too_large = True
            raise StopUpload(connection_reset=False)
        super().receive_data_chunk(raw_data, start)

    def upload_interrupted(self) -> None:
        """Close, and with that delete, the file even where the parser met no error."""
        if self.is_too_large:
            self.file.close()
            return
        super().upload_interrupted()


def limited(request: Any) -> LimitedUploadHandler:
    """Make the limit hold for a request whose body was not read yet."""
    handler = LimitedUploadHandler(request)
    request.upload_handlers = [handler]
    return handler
