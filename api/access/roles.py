"""The whole matrix of roles and permissions, on one screen.

A permission says what a role may try; which records it may try it on is said by each domain's
`access.py`. The judging permissions (ratify, withdraw, decide, hand over, merge) are held by no
`system`: they need a person's own token.
"""

from enum import StrEnum


class Role(StrEnum):
    SYSTEM = "system"
    PRACTITIONER = "practitioner"
    MANAGER = "manager"
    CHAIR = "chair"
    INFORMATION_GOVERNANCE = "information_governance"
    AGENCY_ADMINISTRATOR = "agency_administrator"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    AGENCY_READ = "agency:read"
    AGENCY_MANAGE = "agency:manage"
    AGENCY_ENROL = "agency:enrol"
    CODE_LIST_READ = "code_list:read"
    FAMILY_MATCH = "family:match"
    FAMILY_REGISTER = "family:register"
    FAMILY_READ = "family:read"
    FAMILY_UPDATE = "family:update"
    FAMILY_JOIN = "family:join"
    FAMILY_LEAVE = "family:leave"
    FAMILY_INVITE = "family:invite"
    FAMILY_CONTEST = "family:contest"
    FAMILY_DECIDE = "family:decide"
    FAMILY_HAND_OVER = "family:hand_over"
    FAMILY_MERGE = "family:merge"
    FAMILY_BREAK_GLASS = "family:break_glass"
    BREAK_GLASS_READ = "break_glass:read"
    BREAK_GLASS_REVIEW = "break_glass:review"
    FAMILY_ACCESSES = "family:accesses"
    ALERT_PUBLISH = "alert:publish"
    ALERT_READ = "alert:read"
    ALERT_ACKNOWLEDGE = "alert:acknowledge"
    ALERT_RATIFY = "alert:ratify"
    ALERT_WITHDRAW = "alert:withdraw"
    ALERT_HAND_OVER = "alert:hand_over"
    ALERT_REVIEW = "alert:review"
    ALERT_CORRECT = "alert:correct"
    ALERT_EXTEND = "alert:extend"
    ALERT_NOTIFY = "alert:notify"
    ALERT_WITHHOLD = "alert:withhold"
    ALERT_CHALLENGE = "alert:challenge"
    CHALLENGE_DECIDE = "challenge:decide"
    INCIDENT_RECORD = "incident:record"
    INCIDENT_READ = "incident:read"
    INCIDENT_SHARE = "incident:share"
    INCIDENT_DECIDE = "incident:decide"
    ENGAGEMENT_RECORD = "engagement:record"
    ENGAGEMENT_READ = "engagement:read"
    SHARING_CHECK_ANSWER = "sharing_check:answer"
    REFLECTION_WRITE = "reflection:write"
    AGREEMENT_RECORD = "agreement:record"
    AGREEMENT_READ = "agreement:read"
    MEETING_READ = "meeting:read"
    MEETING_ARRANGE = "meeting:arrange"
    MEETING_CONTRIBUTE = "meeting:contribute"
    MEETING_CHAIR = "meeting:chair"
    MEETING_NAME_CHAIR = "meeting:name_chair"
    ACTION_READ = "action:read"
    ACTION_ANSWER = "action:answer"
    PLAN_READ = "plan:read"
    PLAN_REVIEW = "plan:review"
    FEED_READ = "feed:read"
    WEBHOOK_READ = "webhook:read"
    WEBHOOK_MANAGE = "webhook:manage"
    WEBHOOK_REDIRECT = "webhook:redirect"
    AUDIT_READ = "audit:read"
    CHECKPOINT_READ = "checkpoint:read"


_P = Permission

_COMMON = {_P.AGENCY_READ, _P.CODE_LIST_READ}
_RECORDS = {
    _P.FAMILY_READ, _P.ALERT_READ, _P.INCIDENT_READ, _P.ENGAGEMENT_READ, _P.AGREEMENT_READ,
    _P.MEETING_READ, _P.ACTION_READ, _P.PLAN_READ,
}  # fmt: skip
_CASE_WORK = _COMMON | _RECORDS | {
    _P.FAMILY_MATCH, _P.FAMILY_REGISTER, _P.FAMILY_UPDATE, _P.FAMILY_JOIN, _P.FAMILY_LEAVE,
    _P.ALERT_PUBLISH, _P.ALERT_ACKNOWLEDGE, _P.INCIDENT_RECORD, _P.INCIDENT_SHARE,
    _P.ENGAGEMENT_RECORD, _P.AGREEMENT_RECORD, _P.FEED_READ,
    _P.MEETING_ARRANGE, _P.MEETING_CONTRIBUTE, _P.ACTION_ANSWER,
}  # fmt: skip
_IN_PERSON = _CASE_WORK | {
    _P.FAMILY_INVITE, _P.FAMILY_CONTEST, _P.FAMILY_ACCESSES, _P.FAMILY_BREAK_GLASS,
    _P.BREAK_GLASS_READ, _P.ALERT_NOTIFY, _P.ALERT_CHALLENGE,
    _P.SHARING_CHECK_ANSWER, _P.REFLECTION_WRITE, _P.PLAN_REVIEW,
}  # fmt: skip

MATRIX: dict[Role, frozenset[Permission]] = {
    Role.SYSTEM: frozenset(_CASE_WORK | {_P.WEBHOOK_READ, _P.WEBHOOK_MANAGE, _P.CHECKPOINT_READ}),
    Role.PRACTITIONER: frozenset(_IN_PERSON),
    Role.MANAGER: frozenset(
        _IN_PERSON
        | {_P.FAMILY_DECIDE, _P.FAMILY_HAND_OVER, _P.FAMILY_MERGE}
        | {_P.ALERT_RATIFY, _P.ALERT_WITHDRAW, _P.ALERT_HAND_OVER, _P.ALERT_REVIEW}
        | {_P.ALERT_CORRECT, _P.ALERT_EXTEND, _P.ALERT_WITHHOLD, _P.CHALLENGE_DECIDE}
        | {_P.INCIDENT_DECIDE, _P.MEETING_NAME_CHAIR}
    ),
    Role.CHAIR: frozenset(
        _COMMON
        | _RECORDS
        | {_P.MEETING_ARRANGE, _P.MEETING_CONTRIBUTE, _P.MEETING_CHAIR}
        | {_P.PLAN_REVIEW}
    ),
    Role.INFORMATION_GOVERNANCE: frozenset(
        _COMMON
        | _RECORDS
        | {_P.FAMILY_DECIDE, _P.FAMILY_ACCESSES, _P.FEED_READ}
        | {_P.ALERT_CHALLENGE, _P.CHALLENGE_DECIDE}
        | {_P.BREAK_GLASS_READ, _P.BREAK_GLASS_REVIEW}
        | {_P.AUDIT_READ, _P.CHECKPOINT_READ}
    ),
    Role.AGENCY_ADMINISTRATOR: frozenset(
        _COMMON
        | {_P.AGENCY_MANAGE, _P.CHECKPOINT_READ}
        | {_P.WEBHOOK_READ, _P.WEBHOOK_MANAGE, _P.WEBHOOK_REDIRECT}
    ),
    Role.ADMINISTRATOR: frozenset(_COMMON | {_P.AGENCY_MANAGE, _P.AGENCY_ENROL}),
}

PERSONAL_ROLES = frozenset(Role) - {Role.SYSTEM}
GRANTABLE_ROLES = PERSONAL_ROLES - {Role.ADMINISTRATOR}


def permitted(roles: frozenset[Role], permission: Permission) -> bool:
    return any(permission in MATRIX[role] for role in roles)
