"""The lists that written agreements use. Sections are those of the procedure."""

from api.code_lists.codes import Code, CodeList

CONSEQUENCES = CodeList(
    "agreement_consequence",
    "§3",
    "What follows where the behaviour goes on, as the family is told beforehand.",
    (
        Code(
            "office_only_contact",
            "Seeing the family at the office only",
            "Needs its rationale, weighed against seeing the child at home.",
        ),
        Code("supervision_order", "Applying for a supervision order"),
        Code("steps_to_remove_child", "Steps to remove the child"),
        Code("other", "Another consequence", "Needs a note that says which."),
    ),
)

FORMATS = CodeList(
    "agreement_format",
    "§5",
    "In which form an agreement is drawn up or given, so that the family understands it.",
    (
        Code("written", "In writing"),
        Code("easy_read", "In easy words, with pictures"),
        Code("large_print", "In large print"),
        Code("read_aloud", "Read aloud", "Where reading is hard for the parent."),
        Code("audio", "As a recording"),
        Code("translated", "Translated in writing"),
        Code("interpreter", "Through an interpreter"),
    ),
)

ALL = (CONSEQUENCES, FORMATS)
