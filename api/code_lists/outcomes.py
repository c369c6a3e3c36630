"""The lists that outcomes of meetings use. Sections are those of the procedure."""

from api.code_lists.codes import Code, CodeList

ATTENDANCES = CodeList(
    "meeting_attendance",
    "§4",
    "How an agency that was invited took part: all of them own the concerns for the child.",
    (
        Code("attended", "Attended"),
        Code("attended_in_part", "Attended a part"),
        Code("report_only", "Sent a report only"),
        Code("apologies", "Sent apologies"),
        Code("absent", "Was absent"),
    ),
)

FAMILY_ATTENDANCES = CodeList(
    "meeting_family_attendance",
    "§4",
    "Whether somebody of the family took part.",
    (
        Code("attended", "Attended"),
        Code("attended_in_part", "Attended a part"),
        Code("did_not_attend", "Did not attend"),
        Code("excluded", "Was excluded", "By a decision of the chair, with reasons."),
        Code("not_invited", "Was not invited"),
    ),
)

ALERT_DECISIONS = CodeList(
    "meeting_alert_decision",
    "§4",
    "What a meeting decides about an alert.",
    (
        Code("published", "Published"),
        Code("kept", "Kept as it is"),
        Code("changed", "Renewed, or replaced"),
        Code("withdrawn", "Withdrawn"),
        Code("reconsider", "To be thought over by its owner", "Of another agency's alert."),
    ),
)

ALL = (ATTENDANCES, FAMILY_ATTENDANCES, ALERT_DECISIONS)
