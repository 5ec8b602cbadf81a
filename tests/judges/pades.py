"""Validates a sealed PDF with pyHanko: pades.py LEVEL ROOT.der FILE.pdf [STAMPS]

LEVEL is B-B, B-T, B-LT or B-LTA. The net is never asked: from B-LT on, the file alone must prove that nothing was revoked.
STAMPS: how many document time stamps the file must have. Says what is wrong, and ends with 1 then.
"""
import asyncio
import sys

from asn1crypto.crl import CertificateList
from asn1crypto.ocsp import OCSPResponse
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import SignatureCoverageLevel, async_validate_pdf_signature
from pyhanko.sign.validation.ades import ades_basic_validation, ades_lta_validation, ades_with_time_validation
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import (
    REQUIRE_REVINFO,
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

UNCHECKED = RevocationCheckingPolicy(RevocationCheckingRule.NO_CHECK, RevocationCheckingRule.NO_CHECK)


def specification(root, with_proofs, knowledge):
    return SignatureValidationSpec(
        cert_validation_policy=CertValidationPolicySpec(
            trust_manager=SimpleTrustManager.build([root]),
            revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO if with_proofs else UNCHECKED),
        ),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY),
        local_knowledge=knowledge,
    )


def knowledge_of(reader):
    store = DocumentSecurityStore.read_dss(reader)
    responses = [OCSPResponse.load(item.get_object().data) for item in store.ocsps]
    return LocalKnowledge(
        known_ocsps=[container for response in responses for container in OCSPContainer.load_multi(response)],
        known_crls=[CRLContainer(CertificateList.load(item.get_object().data)) for item in store.crls],
        known_certs=list(store.load_certs()),
    )


async def judge_as_viewer(signature, root, level, certificates):
    context = ValidationContext(trust_roots=[root], allow_fetching=False, other_certs=certificates)
    status = await async_validate_pdf_signature(signature, context)
    assert status.intact and status.valid, "the signature is broken"
    assert status.trusted, "no path leads to the root"
    assert status.docmdp_ok, "what follows the signature is not allowed"
    expected = ModificationLevel.NONE if level in ("B-B", "B-T") else ModificationLevel.LTA_UPDATES
    assert status.modification_level == expected, f"what follows the signature is {status.modification_level}"
    stamp = status.timestamp_validity
    assert level == "B-B" or (stamp is not None and stamp.intact and stamp.valid), "no good time stamp on the signature"


async def judge_level(signature, root, level, knowledge):
    with_proofs = level in ("B-LT", "B-LTA")
    rules = specification(root, with_proofs, knowledge)
    if level == "B-LTA":
        result = await ades_lta_validation(signature, PdfSignatureValidationSpec(specification(root, True, LocalKnowledge())))
    elif level == "B-B":
        result = await ades_basic_validation(signature.signed_data, rules, raw_digest=signature.compute_digest())
    else:
        result = await ades_with_time_validation(signature.signed_data, rules, raw_digest=signature.compute_digest())
    assert result.ades_subindic == AdESPassed.OK, f"{level}: {result.ades_subindic}: {result.failure_msg}"


async def judge(level, root, path, stamps):
    with open(path, "rb") as file:
        reader = PdfFileReader(file)
        assert reader.embedded_regular_signatures, "there is no signature"
        found = reader.embedded_timestamp_signatures
        assert stamps is None or len(found) == stamps, f"{len(found)} document time stamps, expected {stamps}"
        for stamp in found:
            assert stamp.evaluate_signature_coverage() >= SignatureCoverageLevel.ENTIRE_REVISION, "a document time stamp covers less than its revision"
        signature = reader.embedded_regular_signatures[-1]
        knowledge = knowledge_of(reader) if level in ("B-LT", "B-LTA") else LocalKnowledge()
        await judge_as_viewer(signature, root, level, knowledge.known_certs)
        await judge_level(signature, root, level, knowledge)


if __name__ == "__main__":
    wanted, anchor, pdf, *count = sys.argv[1:]
    try:
        asyncio.run(judge(wanted, load_cert_from_pemder(anchor), pdf, int(count[0]) if count else None))
    except AssertionError as wrong:
        sys.exit(str(wrong))
