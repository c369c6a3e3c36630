"""What one process shares between its requests: settings, clock, database, keys."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from api.access.roles import Role
from api.foundation.clock import Clock
from api.foundation.crypto import Keyring
from api.foundation.database import Database
from api.foundation.quotas import Quota, Quotas
from api.journal.bell import Bell
from api.settings import Settings

PUBLIC_PER_MINUTE = 30


@dataclass(frozen=True)
class TokenSubject:
    """Whom a verified access token speaks for. What they may do is looked up at every request."""

    agency_id: UUID
    client_id: UUID
    practitioner_id: UUID | None
    roles: frozenset[Role]


@dataclass
class Runtime:
    settings: Settings
    clock: Clock
    database: Database
    keyring: Keyring
    authenticate: Callable[[str], Awaitable[TokenSubject]]
    bell: Bell
    epoch: UUID | None = None
    quotas: Quotas = field(default_factory=Quotas)

    def __post_init__(self) -> None:
        self.general_quota = Quota.per_minute("client", self.settings.requests_per_minute)
        self.publish_quota = Quota.per_minute("publish", self.settings.publishes_per_minute)
        self.match_quota = Quota.per_hour("match", self.settings.matches_per_hour)
        self.public_quota = Quota.per_minute("public", PUBLIC_PER_MINUTE)
