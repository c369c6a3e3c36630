"""Quotas, kept by each process for itself: they protect the service, they decide no access."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from api.foundation.errors import QuotaExceeded


@dataclass(frozen=True)
class Quota:
    """A named allowance, such as 600 an hour."""

    name: str
    item: RateLimitItem

    @classmethod
    def per_minute(cls, name: str, amount: int) -> "Quota":
        return cls(name, RateLimitItemPerMinute(amount))

    @classmethod
    def per_hour(cls, name: str, amount: int) -> "Quota":
        return cls(name, RateLimitItemPerHour(amount))


class Quotas:
    """Counts uses of quotas per key."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def use(self, quota: Quota, key: str) -> Mapping[str, str]:
        """Counts one use and returns the RateLimit headers. Raises QuotaExceeded."""
        allowed = self._limiter.hit(quota.item, quota.name, key)
        window = self._limiter.get_window_stats(quota.item, quota.name, key)
        wait = max(1, math.ceil(window.reset_time - time.time()))
        headers = {
            "RateLimit-Policy": f'"{quota.name}";q={quota.item.amount};w={quota.item.get_expiry()}',
            "RateLimit": f'"{quota.name}";r={max(0, window.remaining)};t={wait}',
        }
        if not allowed:
            raise QuotaExceeded(headers={"Retry-After": str(wait), **headers})
        return headers
