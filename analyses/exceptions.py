"""Every error of the domain; each message is a sentence fit for the person who reads it."""

from collections.abc import Sequence


class DatabaseError(Exception):
    """The database could not do an operation; the driver's own words stay in the log."""

    def __init__(self, operation: str, reason: str, **details: object) -> None:
        self.operation = operation
        self.reason = reason
        self.details = details
        super().__init__(f"Database {operation} failed: {reason}")


class ValidationError(Exception):
    """A value is not allowed; `field` names it and `reason` says what would be right."""

    def __init__(self, field: str, reason: str, **details: object) -> None:
        self.field = field
        self.reason = reason
        self.details = details
        super().__init__(f"Validation error in {field}: {reason}")


class InvalidFilterError(Exception):
    """A filter names something unknown or has a value that cannot be; `errors` says each in a sentence."""

    def __init__(self, errors: Sequence[ValidationError]) -> None:
        self.errors = tuple(errors)
        super().__init__(" ".join(error.reason for error in errors))


class EngineNotInstalledError(ValidationError):
    """No engine is installed for an analysis type and tier."""


class EngineUnavailableError(Exception):
    """An engine's service does not answer; the texts are not to blame and wait. `reason` is a sentence."""

    def __init__(self, reason: str, *, retry_after_seconds: float) -> None:
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds
        super().__init__(reason)


class UnreadableFileError(Exception):
    """A file as a whole cannot be read as a table of texts; nothing of it was kept."""


class TooManyRowsError(ValidationError):
    """More rows than this kind of file may hold; `details["rows"]` is how many."""


class UnwritableError(Exception):
    """A file cannot be written as it was asked for; the message says what can."""


class LeaseLostError(Exception):
    """Another worker holds the job now; this run must change nothing."""


class KeyReusedError(Exception):
    """An idempotency key came with another request than before; `reason` is a sentence."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
