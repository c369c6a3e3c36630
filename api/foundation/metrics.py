"""Prometheus metrics. Labels are routes, methods and outcomes: never an id of anybody."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("doorstep_requests_total", "Requests answered.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "doorstep_request_seconds",
    "Time from the first byte of a request to its answer.",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
TOKENS = Counter("doorstep_token_requests_total", "Token requests.", ["grant", "outcome"])
EVENTS = Counter("doorstep_events_total", "Events committed.", ["type"])
ATTEMPTS = Counter("doorstep_delivery_attempts_total", "Webhook attempts.", ["priority", "outcome"])
DELIVERY_SECONDS = Histogram(
    "doorstep_delivery_seconds",
    "Time from commit to the receiver's 2xx.",
    ["priority"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5, 15, 60, 300, 3600),
)
MAIL_ATTEMPTS = Counter("doorstep_mail_attempts_total", "Attempts to hand in mail.", ["outcome"])
MAILS_GIVEN_UP = Counter("doorstep_mails_given_up_total", "Mails that nobody will get.")
SEALED = Gauge("doorstep_audit_sealed", "Audit entries sealed into the chain.")
CHECKPOINTED = Gauge(
    "doorstep_audit_checkpoint_seconds", "When the last checkpoint was made, in seconds since 1970."
)
# Of each subscription, by its id; kept by every worker.
SUBSCRIPTION_STATE = Gauge(
    "doorstep_subscription_state", "1 for the state it is in.", ["subscription", "state"]
)
SUBSCRIPTION_WAITING = Gauge(
    "doorstep_subscription_waiting", "Messages that wait to be taken.", ["subscription"]
)
SUBSCRIPTION_OLDEST = Gauge(
    "doorstep_subscription_oldest_waiting_seconds",
    "Age of the oldest message that waits.",
    ["subscription"],
)
SUBSCRIPTION_BEHIND = Gauge(
    "doorstep_subscription_behind",
    "Positions of the feed that are not fanned out yet.",
    ["subscription"],
)
HEARTBEAT_AGE = Gauge(
    "doorstep_heartbeat_age_seconds", "Since the last heartbeat was due.", ["subscription"]
)
