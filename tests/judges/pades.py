"""Validates sealed PDFs with pyHanko: pades.py ROOT.der <LIST; prints a TAP line for each.

A line of LIST: level (B-B, B-T, B-LT, B-LTA; with "!" before it the file must be refused), number of document time stamps (or -),
path, name; between tabs. The level "viewer" judges the last signature of B-LTA as viewers do, where other signatures stand before it;
in the second place stands the file as it was, and what pyHanko cannot read even then is not judged. The net is never asked: from B-LT on, the file alone must prove that nothing was revoked. Judged is
the last signature; those before it must be intact.
"""
import asyncio
import logging
import sys

from asn1crypto.crl import CertificateList
from asn1crypto.ocsp import OCSPResponse
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.generic import IndirectObject
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


def can_read(path):
    """pyHanko reads the file as strictly as after sealing."""
    try:
        with open(path, "rb") as file:
            reader = PdfFileReader(file)
            for signature in reader.embedded_signatures:
                signature.compute_integrity_info()
            # What its comparison of revisions needs: every reference leads somewhere, pages are objects of their own.
            reader.get_historical_resolver(reader.xrefs.total_revisions - 1)._load_reverse_xref_cache()
            kids = reader.root["/Pages"]["/Kids"]
            return all(isinstance(kids.raw_get(place), IndirectObject) for place in range(len(kids)))
    except Exception:
        return False


async def judge(level, root, path, stamps):
    with open(path, "rb") as file:
        reader = PdfFileReader(file)
        assert reader.embedded_regular_signatures, "there is no signature"
        found = reader.embedded_timestamp_signatures
        assert stamps is None or len(found) == stamps, f"{len(found)} document time stamps, expected {stamps}"
        for stamp in found:
            assert stamp.evaluate_signature_coverage() >= SignatureCoverageLevel.ENTIRE_REVISION, "a document time stamp covers less than its revision"
        *others, signature = reader.embedded_regular_signatures
        for other in others:
            other.compute_integrity_info()
        knowledge = knowledge_of(reader) if level in ("B-LT", "B-LTA", "viewer") else LocalKnowledge()
        await judge_as_viewer(signature, root, level, knowledge.known_certs)
        if level != "viewer":
            await judge_level(signature, root, level, knowledge)


def main():
    root = load_cert_from_pemder(sys.argv[1])
    for line in sys.stdin:
        level, stamps, path, name = line.rstrip("\n").split("\t")
        refuse = level.startswith("!")
        fault = None
        if level == "viewer" and not can_read(stamps):
            print(f"ok - pyHanko validates {name} # SKIP it cannot read the file as it was")
            continue
        try:
            asyncio.run(judge(level.lstrip("!"), root, path, int(stamps) if stamps.isdigit() else None))
        except Exception as wrong:  # whatever it is, the file is not accepted
            fault = f"{type(wrong).__name__}: {wrong}"
        good = (fault is not None) == refuse
        print(f"{'ok' if good else 'not ok'} - pyHanko {'refuses' if refuse else 'validates'} {name} at {level.lstrip('!')}")
        if not good:
            print(f"#   {fault or 'accepted'}")


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    main()
