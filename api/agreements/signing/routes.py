"""Giving an agreement to the family, and what it answers."""

from uuid import UUID

from fastapi import APIRouter

from api.access.roles import Permission
from api.agreements.routes import CHANGE, answer_agreement
from api.agreements.schemas import AgreementResponse
from api.agreements.signing import service
from api.agreements.signing.schemas import GiveAgreement, SignAgreement
from api.journal.dependencies import IfMatch, Work, requires

router = APIRouter(prefix="/v1/agreements/{agreement_id}", tags=["Agreements"])

RECORD = [requires(Permission.AGREEMENT_RECORD)]


@router.post("/give", summary="Record that it was given", dependencies=RECORD, responses=CHANGE)
async def give_agreement(
    agreement_id: UUID, body: GiveAgreement, work: Work, version: IfMatch
) -> AgreementResponse:
    """By the owner: when, to whom, in which language and form. One after the other, if need be."""
    await service.give_agreement(work, agreement_id, body, version)
    return await answer_agreement(work, 200, agreement_id)


@router.post(
    "/sign", summary="Record what the family answers", dependencies=RECORD, responses=CHANGE
)
async def sign_agreement(
    agreement_id: UUID, body: SignAgreement, work: Work, version: IfMatch
) -> AgreementResponse:
    """By the owner: who signed it and when, or who refused and what was said. In force with the
    first signature, which a later refusal of somebody else does not undo."""
    await service.sign_agreement(work, agreement_id, body, version)
    return await answer_agreement(work, 200, agreement_id)
