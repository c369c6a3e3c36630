"""The lists that engagement and assessment constraints use. Sections are those of the procedure."""

from api.code_lists.codes import Code, CodeList

TYPES = CodeList(
    "engagement_type",
    "§2",
    "How a family met a contact. Violence is no observation: it is recorded as an incident.",
    (
        Code("ambivalence", "Ambivalence", "The most common; may not amount to uncooperativeness."),
        Code("avoidance", "Avoidance"),
        Code("confrontation", "Confrontation", "Must be challenged: how, or why not."),
        Code("none", "None of these", "The family was co-operative."),
    ),
)

INDICATORS = CodeList(
    "engagement_indicator",
    "§2",
    "What was seen of it. Each belongs to one type, which its definition names.",
    (
        Code("late", "Is late", "Ambivalence."),
        Code("repeated_excuses", "Makes excuses repeatedly", "Ambivalence."),
        Code("changes_the_subject", "Changes the subject", "Ambivalence."),
        Code("dismissive_body_language", "Dismissive body language", "Ambivalence."),
        Code("avoids_appointments", "Avoids appointments", "Avoidance."),
        Code("misses_meetings", "Misses meetings", "Avoidance."),
        Code("cuts_visits_short", "Cuts visits short", "Avoidance."),
        Code("challenges", "Challenges practitioners", "Confrontation."),
        Code("provokes_arguments", "Provokes arguments", "Confrontation."),
        Code(
            "door_not_answered_while_in",
            "Does not answer the door although in",
            "Confrontation: extreme avoidance. Needs a home visit.",
        ),
    ),
)

CONTACTS = CodeList(
    "engagement_contact",
    "§3",
    "How the contact was meant, or made.",
    (
        Code("home_visit", "Home visit"),
        Code("office", "At an office"),
        Code("telephone", "On the telephone", "The child is not seen."),
        Code("message", "By message", "Letter, e-mail or text message. The child is not seen."),
        Code("school", "At a school or nursery"),
        Code("other", "Otherwise"),
        Code("none_made", "No contact was made", "Nobody went, rang or wrote."),
    ),
)

ASSESSMENT_CONSTRAINTS = CodeList(
    "assessment_constraint",
    "§3",
    "What is hard to assess.",
    (
        Code("seeing_child_alone", "Seeing the child alone"),
        Code("observing_child_at_home", "Observing the child at home"),
        Code(
            "inspecting_home", "Looking round the home", "Such as the food, and where they sleep."
        ),
        Code("speaking_to_other_practitioners", "Speaking to other practitioners"),
        Code("speaking_to_family_members", "Speaking to members of the family"),
        Code("identifying_household_members", "Knowing who lives in the household"),
        Code("engaging_both_parents", "Working with both parents"),
        Code("other", "Something else"),
    ),
)

COMMUNICATION_NEEDS = CodeList(
    "communication_need",
    "§5",
    "What the family needs so that it understands what is required of it.",
    (
        Code("verbal_rather_than_written", "Spoken rather than written", "Because of literacy."),
        Code("interpreter", "An interpreter", "Needs the language."),
        Code(
            "end_of_contact_summary",
            "A summary at the end of each contact",
            "Its purpose, what was done, and what is required by whom and by when.",
        ),
        Code(
            "told_of_recording_and_access",
            "To be told of recording and access",
            "That what is said is recorded, and that they can read it. Until they were told.",
        ),
    ),
)

EXPERT_ADVICE_KINDS = CodeList(
    "expert_advice_kind",
    "§5",
    "Of what kind the advice is.",
    (
        Code("cultural", "Cultural", "From somebody who has links with the culture."),
        Code("police", "Police"),
        Code("mental_health", "Mental health"),
        Code("legal", "Legal"),
        Code("other", "Other"),
    ),
)

ALL = (
    TYPES,
    INDICATORS,
    CONTACTS,
    ASSESSMENT_CONSTRAINTS,
    COMMUNICATION_NEEDS,
    EXPERT_ADVICE_KINDS,
)
