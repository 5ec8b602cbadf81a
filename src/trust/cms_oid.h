/** Object identifiers of CMS, whole as they stand in DER. */
#ifndef TRADEPOST_TRUST_CMS_OID_H
#define TRADEPOST_TRUST_CMS_OID_H

#include "base/text.h"

#define OID_DATA                   TEXT("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01")
#define OID_SIGNED_DATA            TEXT("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")
#define OID_CONTENT_TYPE           TEXT("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03")
#define OID_MESSAGE_DIGEST         TEXT("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04")
#define OID_SIGNING_TIME           TEXT("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05")
#define OID_SIGNING_CERTIFICATE    TEXT("\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0c")
#define OID_SIGNING_CERTIFICATE_V2 TEXT("\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f")
/** What a time stamp says (RFC 3161, 2.4.2). */
#define OID_TST_INFO TEXT("\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04")
/** A signature's time stamp, among the unsigned attributes (RFC 3161, annex A). */
#define OID_SIGNATURE_STAMP TEXT("\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e")

#endif
