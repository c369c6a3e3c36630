"""The lists that meetings use. Sections are those of the procedure."""

from api.code_lists.codes import Code, CodeList

MEETING_KINDS = CodeList(
    "meeting_kind",
    "§4",
    "Why agencies meet about a family.",
    (
        Code("strategy_discussion", "Strategy discussion"),
        Code(
            "initial_child_protection_conference",
            "Initial child protection conference",
            "Within 15 working days of the strategy discussion.",
        ),
        Code(
            "review_child_protection_conference",
            "Review child protection conference",
            "Within three months of the initial one, then within six months each.",
        ),
        Code(
            "core_group",
            "Core group",
            "The first within 10 working days of the initial conference.",
        ),
        Code(
            "practitioners_meeting",
            "Practitioners' meeting",
            "To share concerns, information and strategies, and draw up a work plan.",
        ),
        Code(
            "risk_reduction_meeting",
            "Risk reduction meeting",
            "To draw up or review a plan that keeps practitioners safe.",
        ),
        Code("debrief", "Debrief", "After practitioners have experienced a frightening event."),
        Code("other", "Another meeting"),
    ),
)

ACTION_KINDS = CodeList(
    "action_kind",
    "§4",
    "What a meeting asks of an agency.",
    (
        Code("task", "A task"),
        Code("joint_visit", "A joint visit", "With police, colleagues or other agencies."),
        Code("debrief", "A debrief with other agencies"),
        Code("reconsider_alert", "Thinking again about an alert", "Of the agency's own."),
    ),
)

ALL = (MEETING_KINDS, ACTION_KINDS)
