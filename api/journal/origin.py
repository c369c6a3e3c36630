"""Where a change comes from."""

from dataclasses import dataclass
from uuid import UUID

from api.foundation.sealing import row_of
from api.journal import models


@dataclass(frozen=True)
class RequestOrigin:
    """The request behind a unit of work, as the audit names it."""

    request_id: UUID | None = None
    method: str = ""
    path: str = ""
    idempotency_key: str | None = None
    body_hash: bytes = b""

    def bound_to(self, client_id: UUID) -> str:
        """What a kept answer is sealed for: it may hold a secret that is shown once."""
        place = {"method": self.method, "path": self.path, "key": self.idempotency_key}
        return row_of(models.IdempotencyKey.body, client_id=client_id, **place)
