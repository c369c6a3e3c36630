"""The deadlines a partnership agrees on, as settings: each with the procedure's own default.

Days are working days in England where the name says so; a deadline given as a date ends at the
close of that day in London.
"""

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings


class Deadlines(BaseSettings):
    """Part of `Settings`: read once, from the same environment."""

    ratify_within_hours: int = Field(
        72, ge=1, le=168, description="A provisional alert lapses unless ratified in so many hours."
    )
    review_within_months: int = Field(
        6, ge=1, le=6, description="The latest review of an alert, in months ahead."
    )
    expire_within_months: int = Field(
        12, ge=1, le=12, description="The hard expiry of an alert, at most so many months ahead."
    )
    acknowledge_urgent_minutes: int = Field(
        15, ge=1, le=1440, description="An urgent alert not acknowledged by then is escalated."
    )
    acknowledge_routine_working_days: int = Field(
        2,
        ge=1,
        le=20,
        description="The same of a routine alert, in working days. Both hold for a "
        "recall's receipts too.",
    )
    recall_reminder_hours: int = Field(
        24, ge=1, le=168, description="How often an unacknowledged recall is told of again."
    )
    tell_subject_within_working_days: int = Field(
        10, ge=1, le=60, description="The subject of an alert is told by then, or why not."
    )
    acknowledge_challenge_days: int = Field(
        30, ge=1, le=30, description="A challenge is acknowledged within so many days."
    )
    break_glass_hours: int = Field(
        3, ge=1, le=4, description="How long a break-glass opens a family for reading."
    )
    review_break_glass_working_days: int = Field(
        3, ge=1, le=10, description="A break-glass is reviewed by then, or the right is suspended."
    )
    decide_sharing_hours: int = Field(
        24, ge=1, le=72, description="With whom an incident is shared is decided by then."
    )
    complete_incident_hours: int = Field(
        24, ge=1, le=168, description="What happened is told in full by then."
    )
    follow_up_incident_working_days: int = Field(
        5, ge=1, le=20, description="Debrief, cause and the manager's decision are due by then."
    )
    late_entry_hours: int = Field(
        24, ge=1, le=168, description="An incident recorded later than that is a late entry."
    )
    no_contact_days: int = Field(
        28, ge=1, le=180, description="No contact on record for so long under a live alert is said."
    )
    child_not_seen_days: int = Field(
        14, ge=1, le=180, description="The same of nobody having seen a child."
    )
    discharge_obligation_hours: int = Field(
        24, ge=1, le=168, description="What a sharing check obliges to share is shared by then."
    )
    review_agreement_within_months: int = Field(
        3, ge=1, le=6, description="The latest review of a written agreement, in months ahead."
    )
    review_plan_within_months: int = Field(
        3, ge=1, le=6, description="The latest review of a plan of a meeting, in months ahead."
    )
    follow_up_notice_working_days: int = Field(
        5,
        ge=1,
        le=10,
        description="So many working days before the next meeting is due, its absence is told.",
    )
    many_families: int = Field(
        30, ge=2, description="A person who reads so many families in a short time is noticed."
    )
    many_families_minutes: int = Field(
        10, ge=1, le=1440, description="What a short time is, for that notice."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.expire_within_months < self.review_within_months:
            raise ValueError(
                "DOORSTEP_EXPIRE_WITHIN_MONTHS must not be less than "
                "DOORSTEP_REVIEW_WITHIN_MONTHS: no alert expires before its review"
            )
        return self

    @property
    def ratify_within(self) -> timedelta:
        return timedelta(hours=self.ratify_within_hours)
