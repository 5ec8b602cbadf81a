/**
 * The rules that the checker can find broken: RULE(name, clause, test, words). Tests are numbered as in the public list
 * of machine-readable rules of PDF/A-3b; rules of levels 2b and 2u alone have the numbers of their lists.
 * docs/pdfa-rules.md says where each is checked.
 */
#ifndef TRADEPOST_PDF_CONFORMANCE_RULES_H
#define TRADEPOST_PDF_CONFORMANCE_RULES_H

/* clang-format off */
#define PDFA_RULES(RULE) \
    RULE(UNREADABLE, "6.1", 0, "The file's structure cannot be read.") \
    RULE(6_1_2_1, "6.1.2", 1, "The file does not begin with %PDF-1.n, n from 0 to 7, and one line end.") \
    RULE(6_1_2_2, "6.1.2", 2, "The second line is no comment of at least four bytes above 127.") \
    RULE(6_1_3_1, "6.1.3", 1, "The trailer has no file identifier (ID).") \
    RULE(6_1_3_2, "6.1.3", 2, "The file is encrypted.") \
    RULE(6_1_3_3, "6.1.3", 3, "Something stands behind the last end-of-file marker.") \
    RULE(6_1_4_2, "6.1.4", 2, "The word xref and its first subsection are not separated by exactly one line end.") \
    RULE(6_1_6_1, "6.1.6", 1, "A hexadecimal string has an odd number of digits.") \
    RULE(6_1_6_2, "6.1.6", 2, "A hexadecimal string holds something else than hexadecimal digits.") \
    RULE(6_1_7_1_1, "6.1.7.1", 1, "A stream is not as long as its Length says.") \
    RULE(6_1_7_1_2, "6.1.7.1", 2, "The words stream and endstream do not stand at line ends.") \
    RULE(6_1_7_1_3, "6.1.7.1", 3, "A stream keeps its data in another file (F, FFilter or FDecodeParms).") \
    RULE(6_1_7_2_1, "6.1.7.2", 1, "A stream has a filter that is not allowed.") \
    RULE(6_1_8_1, "6.1.8", 1, "The name of a font, colourant or structure type is no valid UTF-8.") \
    RULE(6_1_9_1, "6.1.9", 1, "The words obj and endobj or the object's number are not spaced as they must be.") \
    RULE(6_1_10_1, "6.1.10", 1, "An inline image has a filter that is not allowed.") \
    RULE(6_1_12_1, "6.1.12", 1, "The permissions dictionary has keys other than UR3 and DocMDP.") \
    RULE(6_1_12_2, "6.1.12", 2, "A signature reference holds a digest although DocMDP is present.") \
    RULE(6_1_13_1, "6.1.13", 1, "An integer is outside of 32 bits.") \
    RULE(6_1_13_2, "6.1.13", 2, "A real number is outside of +/-3.403E38.") \
    RULE(6_1_13_3, "6.1.13", 3, "A string is longer than 32,767 bytes.") \
    RULE(6_1_13_4, "6.1.13", 4, "A name is longer than 127 bytes.") \
    RULE(6_1_13_5, "6.1.13", 5, "A real number is closer to zero than 1.175E-38.") \
    RULE(6_1_13_7, "6.1.13", 7, "The file has more than 8,388,607 objects.") \
    RULE(6_1_13_8, "6.1.13", 8, "Graphics states (q, Q) are nested deeper than 28 levels.") \
    RULE(6_1_13_9, "6.1.13", 9, "A DeviceN colour space has more than 32 colourants.") \
    RULE(6_1_13_10, "6.1.13", 10, "A CMap has a CID above 65,535.") \
    RULE(6_1_13_11, "6.1.13", 11, "A boundary box of a page is smaller than 3 or larger than 14,400 units.") \
    RULE(6_2_2_1, "6.2.2", 1, "Content has an operator that ISO 32000-1 does not know.") \
    RULE(6_2_2_2, "6.2.2", 2, "Content uses a resource that its own Resources dictionary does not name.") \
    RULE(6_2_3_1, "6.2.3", 1, "The profile of an output intent is no valid output or monitor profile.") \
    RULE(6_2_3_2, "6.2.3", 2, "Output intents do not share one destination profile.") \
    RULE(6_2_3_3, "6.2.3", 3, "A PDF/X output intent has a DestOutputProfileRef.") \
    RULE(6_2_4_2_1, "6.2.4.2", 1, "The profile of an ICCBased colour space is not valid.") \
    RULE(6_2_4_2_2, "6.2.4.2", 2, "Overprint mode 1 is used with an ICCBased CMYK colour space.") \
    RULE(6_2_4_3_2, "6.2.4.3", 2, "DeviceRGB is used without DefaultRGB or an RGB output intent.") \
    RULE(6_2_4_3_3, "6.2.4.3", 3, "DeviceCMYK is used without DefaultCMYK or a CMYK output intent.") \
    RULE(6_2_4_3_4, "6.2.4.3", 4, "DeviceGray is used without DefaultGray or an output intent.") \
    RULE(6_2_4_4_1, "6.2.4.4", 1, "A spot colour of a DeviceN colour space is not in its Colorants dictionary.") \
    RULE(6_2_4_4_2, "6.2.4.4", 2, "Separations of one name have different tint transforms or alternate spaces.") \
    RULE(6_2_5_1, "6.2.5", 1, "A graphics state dictionary has the key TR.") \
    RULE(6_2_5_2, "6.2.5", 2, "A graphics state dictionary has a TR2 other than Default.") \
    RULE(6_2_5_3, "6.2.5", 3, "A graphics state dictionary has the key HTP.") \
    RULE(6_2_5_4, "6.2.5", 4, "A halftone is neither of type 1 nor of type 5.") \
    RULE(6_2_5_5, "6.2.5", 5, "A halftone has the key HalftoneName.") \
    RULE(6_2_5_6, "6.2.5", 6, "A halftone has a TransferFunction where it must not, or lacks it where it must have one.") \
    RULE(6_2_6_1, "6.2.6", 1, "A rendering intent is none of the four that exist.") \
    RULE(6_2_8_1, "6.2.8", 1, "An image has alternates.") \
    RULE(6_2_8_2, "6.2.8", 2, "An image has the key OPI.") \
    RULE(6_2_8_3, "6.2.8", 3, "An image asks for interpolation.") \
    RULE(6_2_8_4, "6.2.8", 4, "An image has an impossible number of bits per component.") \
    RULE(6_2_8_5, "6.2.8", 5, "An image mask has more than one bit per component.") \
    RULE(6_2_8_3_1, "6.2.8.3", 1, "A JPEG 2000 image has neither 1, 3 nor 4 colour channels.") \
    RULE(6_2_8_3_2, "6.2.8.3", 2, "A JPEG 2000 image has several colour specifications and not exactly one preferred.") \
    RULE(6_2_8_3_3, "6.2.8.3", 3, "A JPEG 2000 image specifies its colours by a method other than 1, 2 or 3.") \
    RULE(6_2_8_3_4, "6.2.8.3", 4, "A JPEG 2000 image uses the colour space CIEJab.") \
    RULE(6_2_8_3_5, "6.2.8.3", 5, "A JPEG 2000 image has different or impossible bit depths.") \
    RULE(6_2_9_1, "6.2.9", 1, "A form XObject holds PostScript or OPI.") \
    RULE(6_2_9_2, "6.2.9", 2, "A form XObject refers to another file (Ref).") \
    RULE(6_2_9_3, "6.2.9", 3, "An XObject is PostScript.") \
    RULE(6_2_10_1, "6.2.10", 1, "A blend mode is none that ISO 32000-1 knows.") \
    RULE(6_2_10_2, "6.2.10", 2, "A page with transparency has neither a blending colour space nor an output intent.") \
    RULE(6_2_11_2_1, "6.2.11.2", 1, "A font dictionary is not of type Font.") \
    RULE(6_2_11_2_2, "6.2.11.2", 2, "A font has an unknown subtype.") \
    RULE(6_2_11_2_3, "6.2.11.2", 3, "A font has no BaseFont.") \
    RULE(6_2_11_2_4, "6.2.11.2", 4, "A simple font has no FirstChar.") \
    RULE(6_2_11_2_5, "6.2.11.2", 5, "A simple font has no LastChar.") \
    RULE(6_2_11_2_6, "6.2.11.2", 6, "A simple font has no Widths for all its characters.") \
    RULE(6_2_11_2_7, "6.2.11.2", 7, "A font program has an unknown subtype.") \
    RULE(6_2_11_3_1_1, "6.2.11.3.1", 1, "A composite font's CIDSystemInfo does not fit its CMap.") \
    RULE(6_2_11_3_2_1, "6.2.11.3.2", 1, "An embedded CIDFontType2 font has no CIDToGIDMap.") \
    RULE(6_2_11_3_3_1, "6.2.11.3.3", 1, "A CMap is neither predefined nor embedded.") \
    RULE(6_2_11_3_3_2, "6.2.11.3.3", 2, "A CMap's dictionary and its stream name different writing modes.") \
    RULE(6_2_11_3_3_3, "6.2.11.3.3", 3, "A CMap uses another one that is not predefined.") \
    RULE(6_2_11_4_1_1, "6.2.11.4.1", 1, "A font that is rendered is not embedded.") \
    RULE(6_2_11_4_1_2, "6.2.11.4.1", 2, "An embedded font lacks a glyph that is used.") \
    RULE(6_2_11_4_2_1, "6.2.11.4.2", 1, "A subset font's CharSet does not list all its glyphs.") \
    RULE(6_2_11_4_2_2, "6.2.11.4.2", 2, "A subset font's CIDSet does not list all its glyphs.") \
    RULE(6_2_11_5_1, "6.2.11.5", 1, "A glyph's width in the font dictionary differs from that in the font program.") \
    RULE(6_2_11_6_1, "6.2.11.6", 1, "A non-symbolic TrueType font program has no usable character map.") \
    RULE(6_2_11_6_2, "6.2.11.6", 2, "A non-symbolic TrueType font has an encoding that is not allowed.") \
    RULE(6_2_11_6_3, "6.2.11.6", 3, "A symbolic TrueType font has an Encoding.") \
    RULE(6_2_11_6_4, "6.2.11.6", 4, "A symbolic TrueType font program has several character maps, none of them (3,0).") \
    RULE(6_2_11_7_2_1, "6.2.11.7.2", 1, "A character that is used has no Unicode value.") \
    RULE(6_2_11_7_2_2, "6.2.11.7.2", 2, "A character's Unicode value is zero, U+FEFF or U+FFFE.") \
    RULE(6_2_11_8_1, "6.2.11.8", 1, "The glyph .notdef is used.") \
    RULE(6_3_1_1, "6.3.1", 1, "An annotation is of a type that is not allowed.") \
    RULE(6_3_2_1, "6.3.2", 1, "An annotation has no flags (F).") \
    RULE(6_3_2_2, "6.3.2", 2, "An annotation's flags hide it or do not print it.") \
    RULE(6_3_3_1, "6.3.3", 1, "An annotation has no appearance.") \
    RULE(6_3_3_2, "6.3.3", 2, "An annotation has appearances other than the normal one.") \
    RULE(6_3_3_3, "6.3.3", 3, "A button's appearance is not a dictionary of appearances.") \
    RULE(6_3_3_4, "6.3.3", 4, "An annotation's appearance is not a stream.") \
    RULE(6_4_1_1, "6.4.1", 1, "A widget has an action.") \
    RULE(6_4_1_2, "6.4.1", 2, "A form field has additional actions.") \
    RULE(6_4_1_3, "6.4.1", 3, "The form asks readers to make appearances (NeedAppearances).") \
    RULE(6_4_2_1, "6.4.2", 1, "The form is an XFA form.") \
    RULE(6_4_2_2, "6.4.2", 2, "The document asks to be rendered anew (NeedsRendering).") \
    RULE(6_4_3_1, "6.4.3", 1, "A signature does not cover the whole file.") \
    RULE(6_4_3_2, "6.4.3", 2, "A signature does not hold its signer's certificate.") \
    RULE(6_4_3_3, "6.4.3", 3, "A signature does not have exactly one signer.") \
    RULE(6_5_1_1, "6.5.1", 1, "An action is of a type that is not allowed.") \
    RULE(6_5_1_2, "6.5.1", 2, "A named action is none of NextPage, PrevPage, FirstPage and LastPage.") \
    RULE(6_5_2_1, "6.5.2", 1, "The document has additional actions.") \
    RULE(6_5_2_2, "6.5.2", 2, "A page has additional actions.") \
    RULE(6_6_2_1_1, "6.6.2.1", 1, "The document has no metadata stream.") \
    RULE(6_6_2_1_2, "6.6.2.1", 2, "The head of the XMP packet has the attribute bytes.") \
    RULE(6_6_2_1_3, "6.6.2.1", 3, "The head of the XMP packet has the attribute encoding.") \
    RULE(6_6_2_1_4, "6.6.2.1", 4, "The metadata are not well-formed XMP.") \
    RULE(6_6_2_1_5, "6.6.2.1", 5, "The metadata are not encoded as UTF-8.") \
    RULE(6_6_2_3_1_1, "6.6.2.3.1", 1, "A property of the metadata belongs to no known and no described schema.") \
    RULE(6_6_2_3_1_2, "6.6.2.3.1", 2, "A property of the metadata has a value of the wrong type.") \
    RULE(6_6_2_3_2_1, "6.6.2.3.2", 1, "An extension schema has fields that are not defined.") \
    RULE(6_6_2_3_3_1, "6.6.2.3.3", 1, "The extension schemas are not a bag with the prefix pdfaExtension.") \
    RULE(6_6_2_3_3_2, "6.6.2.3.3", 2, "An extension schema has no valid pdfaSchema:schema.") \
    RULE(6_6_2_3_3_3, "6.6.2.3.3", 3, "An extension schema has no valid pdfaSchema:namespaceURI.") \
    RULE(6_6_2_3_3_4, "6.6.2.3.3", 4, "An extension schema has no valid pdfaSchema:prefix.") \
    RULE(6_6_2_3_3_5, "6.6.2.3.3", 5, "An extension schema's pdfaSchema:property is no valid sequence.") \
    RULE(6_6_2_3_3_6, "6.6.2.3.3", 6, "An extension schema's pdfaSchema:valueType is no valid sequence.") \
    RULE(6_6_2_3_3_7, "6.6.2.3.3", 7, "A property of an extension schema has no valid pdfaProperty:name.") \
    RULE(6_6_2_3_3_8, "6.6.2.3.3", 8, "A property of an extension schema has no defined pdfaProperty:valueType.") \
    RULE(6_6_2_3_3_9, "6.6.2.3.3", 9, "A property of an extension schema is neither external nor internal.") \
    RULE(6_6_2_3_3_10, "6.6.2.3.3", 10, "A property of an extension schema has no valid pdfaProperty:description.") \
    RULE(6_6_2_3_3_11, "6.6.2.3.3", 11, "A value type of an extension schema has no valid pdfaType:type.") \
    RULE(6_6_2_3_3_12, "6.6.2.3.3", 12, "A value type of an extension schema has no valid pdfaType:namespaceURI.") \
    RULE(6_6_2_3_3_13, "6.6.2.3.3", 13, "A value type of an extension schema has no valid pdfaType:prefix.") \
    RULE(6_6_2_3_3_14, "6.6.2.3.3", 14, "A value type of an extension schema has no valid pdfaType:description.") \
    RULE(6_6_2_3_3_15, "6.6.2.3.3", 15, "A value type's pdfaType:field is no valid sequence.") \
    RULE(6_6_2_3_3_16, "6.6.2.3.3", 16, "A field of a value type has no valid pdfaField:name.") \
    RULE(6_6_2_3_3_17, "6.6.2.3.3", 17, "A field of a value type has no defined pdfaField:valueType.") \
    RULE(6_6_2_3_3_18, "6.6.2.3.3", 18, "A field of a value type has no valid pdfaField:description.") \
    RULE(6_6_4_1, "6.6.4", 1, "The metadata do not say which part and level of PDF/A the file conforms to.") \
    RULE(6_6_4_2, "6.6.4", 2, "The metadata name another part of PDF/A.") \
    RULE(6_6_4_3, "6.6.4", 3, "The metadata name another conformance level.") \
    RULE(6_6_4_4, "6.6.4", 4, "The property part has another prefix than pdfaid.") \
    RULE(6_6_4_5, "6.6.4", 5, "The property conformance has another prefix than pdfaid.") \
    RULE(6_6_4_6, "6.6.4", 6, "The property amd has another prefix than pdfaid.") \
    RULE(6_6_4_7, "6.6.4", 7, "The property corr has another prefix than pdfaid.") \
    RULE(6_8_1, "6.8", 1, "An embedded file has no valid media type (Subtype).") \
    RULE(6_8_2, "6.8", 2, "A file specification lacks F or UF.") \
    RULE(6_8_3, "6.8", 3, "A file specification lacks AFRelationship.") \
    RULE(6_8_4, "6.8", 4, "An embedded file is not associated with the document or a part of it (AF).") \
    RULE(6_8_5, "6.8", 5, "An embedded file is itself no PDF/A-1 or PDF/A-2 file.") \
    RULE(6_9_1, "6.9", 1, "An optional content configuration has no name.") \
    RULE(6_9_2, "6.9", 2, "Two optional content configurations have the same name.") \
    RULE(6_9_3, "6.9", 3, "The order of an optional content configuration leaves out a group.") \
    RULE(6_9_4, "6.9", 4, "An optional content configuration has the key AS.") \
    RULE(6_10_1, "6.10", 1, "The document has alternate presentations.") \
    RULE(6_10_2, "6.10", 2, "A page has presentation steps.") \
    RULE(6_11_1, "6.11", 1, "The document's catalog has the key Requirements.")
/* clang-format on */

typedef enum PdfaRule {
#define PDFA_RULE_NAME(name, clause, test, words) PDFA_RULE_##name,
    PDFA_RULES(PDFA_RULE_NAME)
#undef PDFA_RULE_NAME
        PDFA_RULE_COUNT
} PdfaRule;

#endif
