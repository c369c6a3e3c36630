"""The list that actions of meetings use. Sections are those of the procedure."""

from api.code_lists.codes import Code, CodeList

KINDS = CodeList(
    "action_kind",
    "§4",
    "What a meeting asks of an agency.",
    (
        Code("task", "Task"),
        Code("joint_visit", "Joint visit", "Other agencies join it."),
        Code("debrief", "Debrief", "Of those who met the hostility; other agencies join it."),
        Code(
            "reconsider_alert",
            "Think again about an alert",
            "Of the agency that answers for the alert; seen by who reads the alert.",
        ),
    ),
)

ALL = (KINDS,)
