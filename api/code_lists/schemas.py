"""How a request body names a code of a list, and how the lists are served."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from api.code_lists import agreements, engagement, incidents, lists, reflections
from api.code_lists.codes import CodeList
from api.foundation.schemas import ResponseBody


def _of(code_list: CodeList) -> AfterValidator:
    def check(value: str) -> str:
        if value not in code_list.accepted:
            raise PydanticCustomError(
                "unknown_code",
                "Not a code of the list {name}, which GET /v1/code-lists has.",
                {"name": code_list.name},
            )
        return value

    return AfterValidator(check)


def _documented(code_list: CodeList) -> Any:
    return Field(
        description=f"A code of the list `{code_list.name}` (`GET /v1/code-lists`).",
        json_schema_extra={"enum": [each.code for each in code_list.codes]},
    )


UncooperativenessType = Annotated[
    str, _documented(lists.UNCOOPERATIVENESS_TYPES), _of(lists.UNCOOPERATIVENESS_TYPES)
]
HostilityScope = Annotated[str, _documented(lists.HOSTILITY_SCOPES), _of(lists.HOSTILITY_SCOPES)]
Circumstance = Annotated[str, _documented(lists.CIRCUMSTANCES), _of(lists.CIRCUMSTANCES)]
ThreateningBehaviour = Annotated[
    str, _documented(lists.THREATENING_BEHAVIOURS), _of(lists.THREATENING_BEHAVIOURS)
]
Precaution = Annotated[str, _documented(lists.PRECAUTIONS), _of(lists.PRECAUTIONS)]
Basis = Annotated[str, _documented(lists.BASES), _of(lists.BASES)]
BreakGlassReason = Annotated[
    str, _documented(lists.BREAK_GLASS_REASONS), _of(lists.BREAK_GLASS_REASONS)
]

Place = Annotated[str, _documented(incidents.PLACES), _of(incidents.PLACES)]
UncooperativenessReason = Annotated[
    str, _documented(incidents.UNCOOPERATIVENESS_REASONS), _of(incidents.UNCOOPERATIVENESS_REASONS)
]
ChildResponse = Annotated[
    str, _documented(incidents.CHILD_RESPONSES), _of(incidents.CHILD_RESPONSES)
]
HateElement = Annotated[str, _documented(incidents.HATE_ELEMENTS), _of(incidents.HATE_ELEMENTS)]
ThreatBeyondWork = Annotated[str, _documented(incidents.BEYOND_WORK), _of(incidents.BEYOND_WORK)]
NotSharedReason = Annotated[
    str, _documented(incidents.NOT_SHARED_REASONS), _of(incidents.NOT_SHARED_REASONS)
]

ObservedType = Annotated[str, _documented(engagement.TYPES), _of(engagement.TYPES)]
EngagementIndicator = Annotated[str, _documented(engagement.INDICATORS), _of(engagement.INDICATORS)]
EngagementContact = Annotated[str, _documented(engagement.CONTACTS), _of(engagement.CONTACTS)]
AssessmentArea = Annotated[
    str, _documented(engagement.ASSESSMENT_CONSTRAINTS), _of(engagement.ASSESSMENT_CONSTRAINTS)
]
CommunicationNeed = Annotated[
    str, _documented(engagement.COMMUNICATION_NEEDS), _of(engagement.COMMUNICATION_NEEDS)
]
ExpertAdviceKind = Annotated[
    str, _documented(engagement.EXPERT_ADVICE_KINDS), _of(engagement.EXPERT_ADVICE_KINDS)
]
CollusionSign = Annotated[
    str, _documented(reflections.COLLUSION_SIGNS), _of(reflections.COLLUSION_SIGNS)
]
SelfQuestion = Annotated[
    str, _documented(reflections.SELF_QUESTIONS), _of(reflections.SELF_QUESTIONS)
]
AgreementConsequence = Annotated[
    str, _documented(agreements.CONSEQUENCES), _of(agreements.CONSEQUENCES)
]
AgreementFormat = Annotated[str, _documented(agreements.FORMATS), _of(agreements.FORMATS)]


class CodeResponse(ResponseBody):
    code: str
    label: str
    definition: str
    retired: bool


class CodeListResponse(ResponseBody):
    name: str
    section: str = Field(description="Of the procedure; empty where the list is not from it.")
    description: str
    codes: list[CodeResponse]


class CodeLists(ResponseBody):
    items: list[CodeListResponse]
