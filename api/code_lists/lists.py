"""The lists that alerts and break-glass use. Sections are those of the procedure."""

from api.code_lists.codes import Code, CodeList

UNCOOPERATIVENESS_TYPES = CodeList(
    "uncooperativeness_type",
    "§2",
    "Types of uncooperativeness. Ambivalence alone is never grounds for an alert.",
    (
        Code(
            "ambivalence",
            "Ambivalence",
            "Late, repeated excuses, changes the subject, dismissive body language.",
        ),
        Code("avoidance", "Avoidance", "Avoids appointments, misses meetings, cuts visits short."),
        Code(
            "confrontation",
            "Confrontation",
            "Challenges, provokes arguments; extreme avoidance: not answering although in.",
        ),
        Code("violence", "Violence", "Threatened or actual."),
    ),
)

HOSTILITY_SCOPES = CodeList(
    "hostility_scope",
    "§4",
    "Whom the hostility meets.",
    (
        Code("universal", "Towards everybody", "Most agencies meet it."),
        Code("specific_agencies", "Towards certain agencies"),
        Code("specific_individuals", "Towards certain practitioners"),
        Code("intermittent", "From time to time"),
    ),
)

CIRCUMSTANCES = CodeList(
    "circumstance",
    "§4",
    "When it happens.",
    (
        Code("alcohol", "After drinking alcohol"),
        Code("drugs", "Under the influence of drugs"),
        Code("mental_health_episode", "In an episode of mental ill health"),
        Code("contact_about_child_removal", "When the removal of a child is spoken of"),
        Code("court_proceedings", "Around court proceedings"),
        Code("domestic_abuse_perpetrator_present", "When a perpetrator of abuse is present"),
        Code("particular_practitioner", "With a particular practitioner"),
        Code("particular_agency", "With a particular agency"),
        Code("none_specific", "In no particular circumstances"),
    ),
)

THREATENING_BEHAVIOURS = CodeList(
    "threatening_behaviour",
    "§6",
    "What was done. Each is threatened or actual, and may be covert.",
    (
        Code("deliberate_silence", "Deliberate silence"),
        Code("written_threats", "Written threats"),
        Code("bombarding_contact", "Bombarding with e-mails and calls"),
        Code("intimidating_or_derogatory_language", "Intimidating or derogatory language"),
        Code("racist_attitudes_or_remarks", "Racist attitudes or remarks"),
        Code("homophobic_attitudes_or_comments", "Homophobic attitudes or comments"),
        Code("domineering_body_language", "Domineering body language"),
        Code("animals_as_threat", "Animals used as a threat", "Sometimes veiled."),
        Code("swearing", "Swearing"),
        Code("shouting", "Shouting"),
        Code("throwing_things", "Throwing things"),
        Code("physical_violence", "Physical violence"),
    ),
)

PRECAUTIONS = CodeList(
    "precaution",
    "§7",
    "What to do before and during a visit.",
    (
        Code("no_lone_visits", "Do not visit alone"),
        Code("joint_visit_with_police", "Visit together with the police"),
        Code("joint_visit_with_other_agency", "Visit together with another agency"),
        Code("no_home_visits", "Do not visit at home"),
        Code("office_or_neutral_venue_only", "Meet at the office or a neutral venue only"),
        Code("daylight_only", "Visit in daylight only"),
        Code("no_female_staff_alone", "No female staff alone"),
        Code("no_male_staff_alone", "No male staff alone"),
        Code("taxi_waiting", "Have a taxi wait outside"),
        Code("alarm_and_check_in", "Carry an alarm and check in"),
        Code("animals_secured_first", "Have animals secured first"),
        Code("remote_contact_agreed", "Remote contact is agreed"),
        Code("inform_police_beforehand", "Inform the police beforehand"),
        Code("other", "Another precaution", "Needs its note."),
    ),
)

SEVERITIES = CodeList(
    "severity",
    "§6",
    "How grave the risk is. Never derived from how distressed the reporter was.",
    (
        Code("caution", "Caution"),
        Code("serious", "Serious", "Delivered as urgent."),
        Code("immediate_danger", "Immediate danger", "Delivered as urgent."),
    ),
)

BASES = CodeList(
    "basis",
    "§4",
    "What the grounds rest on.",
    (
        Code("fact", "Fact"),
        Code("professional_assessment", "Assessment of a practitioner"),
        Code("third_party", "Word of a third party"),
    ),
)

BREAK_GLASS_REASONS = CodeList(
    "break_glass_reason",
    "",
    "Why a family is read without involvement. Every use is reviewed.",
    (
        Code(
            "immediate_danger_to_child",
            "Immediate danger to a child",
            "A child must be seen or protected now.",
        ),
        Code(
            "immediate_danger_to_practitioner",
            "Immediate danger to a practitioner",
            "Somebody is with the family, or at its door, and may be at risk.",
        ),
        Code(
            "emergency_visit",
            "Emergency visit",
            "A visit that cannot wait until the agency has joined.",
        ),
        Code(
            "out_of_hours_duty",
            "Duty out of hours",
            "For an involved colleague or agency that cannot be reached.",
        ),
        Code(
            "court_or_police_request",
            "Request of a court or of the police",
            "Written or on record, and due before the agency can join.",
        ),
        Code("other", "Another reason", "Rests on the text alone."),
    ),
)

ALL = (
    UNCOOPERATIVENESS_TYPES,
    HOSTILITY_SCOPES,
    CIRCUMSTANCES,
    THREATENING_BEHAVIOURS,
    PRECAUTIONS,
    SEVERITIES,
    BASES,
    BREAK_GLASS_REASONS,
)
