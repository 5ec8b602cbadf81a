/** The predefined schemas and value types of XMP, and whether a value fits its type. */
#include "pdf/conformance_schema.h"

#include <string.h>

/* Types of types: bags of alternatives of structures. */
#define TYPE_DEPTH_MAX 16u

#define DC      "http://purl.org/dc/elements/1.1/"
#define XMP     "http://ns.adobe.com/xap/1.0/"
#define RIGHTS  "http://ns.adobe.com/xap/1.0/rights/"
#define MEDIA   "http://ns.adobe.com/xap/1.0/mm/"
#define JOBS    "http://ns.adobe.com/xap/1.0/bj/"
#define PAGED   "http://ns.adobe.com/xap/1.0/t/pg/"
#define DYNAMIC "http://ns.adobe.com/xmp/1.0/DynamicMedia/"
#define PDF     "http://ns.adobe.com/pdf/1.3/"
#define PHOTO   "http://ns.adobe.com/photoshop/1.0/"
#define RAW     "http://ns.adobe.com/camera-raw-settings/1.0/"
#define TIFF    "http://ns.adobe.com/tiff/1.0/"
#define EXIF    "http://ns.adobe.com/exif/1.0/"
#define LENS    "http://ns.adobe.com/exif/1.0/aux/"
#define REF     "http://ns.adobe.com/xap/1.0/sType/ResourceRef#"
#define EVENT   "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
#define VERSION "http://ns.adobe.com/xap/1.0/sType/Version#"
#define JOB     "http://ns.adobe.com/xap/1.0/sType/Job#"
#define FONT    "http://ns.adobe.com/xap/1.0/sType/Font#"
#define COLOUR  "http://ns.adobe.com/xap/1.0/g/"
#define SIZE    "http://ns.adobe.com/xap/1.0/sType/Dimensions#"
#define PICTURE "http://ns.adobe.com/xap/1.0/g/img/"

/** Properties or fields of one namespace and one type. */
typedef struct Row {
    const char *owner; /**< the namespace of properties, or the name of a structure */
    const char *type;
    const char *names; /**< separated by spaces */
} Row;

static const Row properties[] = {
    {DC, "bag text", "contributor language publisher relation subject type"},
    {DC, "text", "coverage identifier source"},
    {DC, "seq text", "creator"},
    {DC, "seq date", "date"},
    {DC, "lang alt", "description rights title"},
    {DC, "mimetype", "format"},
    {XMP, "bag text", "Advisory Identifier"},
    {XMP, "text", "BaseURL CreatorTool Label Nickname"},
    {XMP, "date", "CreateDate MetadataDate ModifyDate"},
    {XMP, "real", "Rating"},
    {XMP, "alt thumbnail", "Thumbnails"},
    {RIGHTS, "text", "Certificate WebStatement"},
    {RIGHTS, "boolean", "Marked"},
    {RIGHTS, "bag text", "Owner"},
    {RIGHTS, "lang alt", "UsageTerms"},
    {MEDIA, "resourceref", "DerivedFrom ManagedFrom RenditionOf"},
    {MEDIA, "text",
     "DocumentID InstanceID LastURL ManageTo ManageUI Manager ManagerVariant RenditionClass RenditionParams VersionID"},
    {MEDIA, "seq resourceevent", "History"},
    {MEDIA, "seq version", "Versions"},
    {MEDIA, "integer", "SaveID"},
    {JOBS, "bag job", "JobRef"},
    {PAGED, "dimensions", "MaxPageSize"},
    {PAGED, "integer", "NPages"},
    {PAGED, "bag font", "Fonts"},
    {PAGED, "seq colorant", "Colorants"},
    {PAGED, "seq text", "PlateNames"},
    {DYNAMIC, "projectlink", "projectRef"},
    {DYNAMIC, "dimensions", "videoFrameSize"},
    {DYNAMIC, "colorant", "videoAlphaPremultipleColor"},
    {DYNAMIC, "boolean", "loop videoAlphaUnityIsTransparent"},
    {DYNAMIC, "integer", "audioSampleRate trackNumber"},
    {DYNAMIC, "real", "numberOfBeats tempo"},
    {DYNAMIC, "date", "audioModDate metadataModDate releaseDate shotDate videoModDate"},
    {DYNAMIC, "timecode", "altTimecode startTimecode"},
    {DYNAMIC, "time", "duration introTime outCue relativeTimestamp"},
    {DYNAMIC, "seq marker", "markers"},
    {DYNAMIC, "bag media", "contributedMedia"},
    {DYNAMIC, "timescalestretch", "timeScaleParams"},
    {DYNAMIC, "resamplestretch", "resampleParams"},
    {DYNAMIC, "beatsplicestretch", "beatSpliceParams"},
    {DYNAMIC, "text",
     "absPeakAudioFilePath album altTapeName artist audioChannelType audioCompressor audioSampleType composer "
     "copyright engineer fileDataRate genre instrument key logComment pullDown relativePeakAudioFilePath scaleType "
     "scene shotLocation shotName speakerPlacement stretchMode tapeName timeSignature videoAlphaMode "
     "videoColorSpace videoCompressor videoFieldOrder videoFrameRate videoPixelAspectRatio videoPixelDepth"},
    {PDF, "text", "Keywords PDFVersion Producer"},
    {PHOTO, "text",
     "AuthorsPosition CaptionWriter Category City Country Credit Headline Instructions Source State "
     "TransmissionReference"},
    {PHOTO, "date", "DateCreated"},
    {PHOTO, "bag text", "SupplementalCategories"},
    {PHOTO, "integer", "Urgency"},
    {RAW, "boolean", "AutoBrightness AutoContrast AutoExposure AutoShadows HasCrop HasSettings"},
    {RAW, "integer",
     "BlueHue BlueSaturation Brightness ChromaticAberrationB ChromaticAberrationR ColorNoiseReduction Contrast "
     "CropUnits GreenHue GreenSaturation LuminanceSmoothing RedHue RedSaturation Saturation ShadowTint Shadows "
     "Sharpness Temperature Tint VignetteAmount VignetteMidpoint"},
    {RAW, "real", "CropAngle CropBottom CropHeight CropLeft CropRight CropTop CropWidth Exposure"},
    {RAW, "text", "CameraProfile RawFileName ToneCurveName Version WhiteBalance"},
    {RAW, "seq text", "ToneCurve"},
    {TIFF, "integer",
     "Compression ImageLength ImageWidth Orientation PhotometricInterpretation PlanarConfiguration ResolutionUnit "
     "SamplesPerPixel YCbCrPositioning"},
    {TIFF, "seq integer", "BitsPerSample TransferFunction YCbCrSubSampling"},
    {TIFF, "seq text", "PrimaryChromaticities ReferenceBlackWhite WhitePoint YCbCrCoefficients"},
    {TIFF, "text", "Artist Make Model Software XResolution YResolution"},
    {TIFF, "date", "DateTime"},
    {TIFF, "lang alt", "Copyright ImageDescription"},
    {EXIF, "integer",
     "ColorSpace Contrast CustomRendered ExposureMode ExposureProgram FileSource FocalLengthIn35mmFilm "
     "FocalPlaneResolutionUnit GainControl GPSAltitudeRef GPSDifferential LightSource MeteringMode PixelXDimension "
     "PixelYDimension Saturation SceneCaptureType SceneType SensingMethod Sharpness SubjectDistanceRange "
     "WhiteBalance"},
    {EXIF, "seq integer", "ComponentsConfiguration ISOSpeedRatings SubjectArea SubjectLocation"},
    {EXIF, "date", "DateTimeDigitized DateTimeOriginal GPSTimeStamp"},
    {EXIF, "lang alt", "UserComment"},
    {EXIF, "gpscoordinate", "GPSDestLatitude GPSDestLongitude GPSLatitude GPSLongitude"},
    {EXIF, "oecf/sfr", "OECF SpatialFrequencyResponse"},
    {EXIF, "flash", "Flash"},
    {EXIF, "cfapattern", "CFAPattern"},
    {EXIF, "devicesettings", "DeviceSettingDescription"},
    {EXIF, "text",
     "ApertureValue BrightnessValue CompressedBitsPerPixel DigitalZoomRatio ExifVersion ExposureBiasValue "
     "ExposureIndex ExposureTime FNumber FlashEnergy FlashpixVersion FocalLength FocalPlaneXResolution "
     "FocalPlaneYResolution GPSAltitude GPSAreaInformation GPSDOP GPSDestBearing GPSDestBearingRef GPSDestDistance "
     "GPSDestDistanceRef GPSImgDirection GPSImgDirectionRef GPSMapDatum GPSMeasureMode GPSProcessingMethod "
     "GPSSatellites GPSSpeed GPSSpeedRef GPSStatus GPSTrack GPSTrackRef GPSVersionID ImageUniqueID MaxApertureValue "
     "RelatedSoundFile ShutterSpeedValue SpectralSensitivity SubjectDistance"},
    {LENS, "text", "Lens SerialNumber"},
    {XMP_SPACE_PDFA_ID, "integer", "part"},
    {XMP_SPACE_PDFA_ID, "text", "amd conformance corr"},
    {XMP_SPACE_PDFA_EXTENSION, "any", "schemas"},
};

/** A structure's name and the namespace of its fields. */
typedef struct Structure {
    const char *name, *space;
} Structure;

static const Structure structures[] = {
    {"resourceref", REF},
    {"resourceevent", EVENT},
    {"version", VERSION},
    {"job", JOB},
    {"font", FONT},
    {"colorant", COLOUR},
    {"dimensions", SIZE},
    {"thumbnail", PICTURE},
    {"projectlink", DYNAMIC},
    {"time", DYNAMIC},
    {"timecode", DYNAMIC},
    {"marker", DYNAMIC},
    {"media", DYNAMIC},
    {"timescalestretch", DYNAMIC},
    {"resamplestretch", DYNAMIC},
    {"beatsplicestretch", DYNAMIC},
    {"flash", EXIF},
    {"oecf/sfr", EXIF},
    {"cfapattern", EXIF},
    {"devicesettings", EXIF},
};

static const Row fields[] = {
    {"resourceref", "text",
     "documentID instanceID manageTo manageUI manager managerVariant renditionClass renditionParams versionID"},
    {"resourceevent", "text", "action instanceID parameters softwareAgent"},
    {"resourceevent", "date", "when"},
    {"version", "text", "comments modifier version"},
    {"version", "date", "modifyDate"},
    {"version", "resourceevent", "event"},
    {"job", "text", "id name url"},
    {"font", "text", "fontFace fontFamily fontFileName fontName fontType versionString"},
    {"font", "boolean", "composite"},
    {"font", "seq text", "childFontFiles"},
    {"colorant", "text", "mode swatchName type"},
    {"colorant", "real", "L black cyan magenta yellow"},
    {"colorant", "integer", "A B blue green red"},
    {"dimensions", "real", "h w"},
    {"dimensions", "text", "unit"},
    {"thumbnail", "integer", "height width"},
    {"thumbnail", "text", "format image"},
    {"projectlink", "text", "path type"},
    {"time", "integer", "value"},
    {"time", "text", "scale"},
    {"timecode", "text", "timeFormat timeValue"},
    {"marker", "any", "duration startTime"},
    {"marker", "text", "comment location name target type"},
    {"media", "text", "path track webStatement"},
    {"media", "time", "duration startTime"},
    {"media", "boolean", "managed"},
    {"timescalestretch", "text", "quality"},
    {"timescalestretch", "real", "frameOverlappingPercentage frameSize"},
    {"resamplestretch", "text", "quality"},
    {"beatsplicestretch", "boolean", "useFileBeatsMarker"},
    {"beatsplicestretch", "real", "riseInDecibel"},
    {"beatsplicestretch", "time", "riseInTimeDuration"},
    {"flash", "boolean", "Fired Function RedEyeMode"},
    {"flash", "text", "Mode Return"},
    {"oecf/sfr", "integer", "Columns Rows"},
    {"oecf/sfr", "seq text", "Names Values"},
    {"cfapattern", "integer", "Columns Rows"},
    {"cfapattern", "seq integer", "Values"},
    {"devicesettings", "integer", "Columns Rows"},
    {"devicesettings", "seq text", "Settings"},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/** The row of `owner` that lists `name`; NULL when there is none. */
static const Row *find_row(const Row *rows, size_t count, Text owner, Text name) {
    for (size_t i = 0; i < count; i++) {
        if (!text_equal(owner, text_of(rows[i].owner))) {
            continue;
        }
        Text names = text_of(rows[i].names);
        while (names.size > 0) {
            if (text_equal(text_cut(&names, ' '), name)) {
                return &rows[i];
            }
        }
    }
    return NULL;
}

bool xmp_type_of(const XmpExtensions *extensions, const XmpNode *property, Text *ret_type) {
    for (const XmpCustomProperty *own = extensions->properties; own != NULL; own = own->next) {
        if (text_equal(own->name, property->name) && text_equal(own->space, property->space)) {
            *ret_type = own->type;
            return true;
        }
    }
    const Row *row = find_row(properties, COUNT(properties), property->space, property->name);
    if (row != NULL) {
        *ret_type = text_of(row->type);
    }
    return row != NULL;
}

/** Cuts `word` and the spaces behind it from the start of a type. */
static bool cut_word(Text *type, const char *word) {
    const size_t size = strlen(word);
    if (!text_equal_ignoring_case(text_slice(*type, 0, size), text_of(word)) ||
        (type->size > size && type->data[size] != ' ')) {
        return false;
    }
    *type = text_slice(*type, size + (type->size > size), type->size);
    return true;
}

/** "closed Choice of Integer" is "Integer"; a choice of nothing is one of texts. */
static Text cut_choice(Text type) {
    type = text_trim(type);
    if (type.size == 0) {
        return TEXT("text");
    }
    Text rest = type;
    if (!cut_word(&rest, "open")) {
        (void)cut_word(&rest, "closed");
    }
    if (!cut_word(&rest, "choice")) {
        return type;
    }
    (void)cut_word(&rest, "of");
    return rest.size == 0 ? TEXT("text") : rest;
}

/** What an array's type holds; XMP_SIMPLE when it is no array. */
static XmpForm cut_array(Text *type) {
    const XmpForm form = cut_word(type, "bag")   ? XMP_BAG
                         : cut_word(type, "seq") ? XMP_SEQUENCE
                         : cut_word(type, "alt") ? XMP_ALTERNATIVES
                                                 : XMP_SIMPLE;
    if (form != XMP_SIMPLE && type->size == 0) {
        *type = TEXT("text");
    }
    return form;
}

static size_t count_digits(Text text, size_t at) {
    size_t count = 0;
    while (at + count < text.size && text.data[at + count] >= '0' && text.data[at + count] <= '9') {
        count++;
    }
    return count;
}

static char byte_at(Text text, size_t at) {
    return at < text.size ? text.data[at] : '\0';
}

static bool is_integer(Text text) {
    const size_t sign = byte_at(text, 0) == '+' || byte_at(text, 0) == '-';
    const size_t digits = count_digits(text, sign);
    return digits > 0 && sign + digits == text.size;
}

static bool is_real(Text text) {
    const size_t sign = byte_at(text, 0) == '+' || byte_at(text, 0) == '-';
    const size_t whole = count_digits(text, sign);
    const size_t point = byte_at(text, sign + whole) == '.';
    const size_t part = point ? count_digits(text, sign + whole + 1) : 0;
    return whole + part > 0 && sign + whole + point + part == text.size;
}

static bool is_boolean(Text text) {
    return text_equal(text, TEXT("True")) || text_equal(text, TEXT("False"));
}

/** Moves over `mark` and at least one digit. */
static bool skip_part(Text text, size_t *at, char mark) {
    const size_t digits = byte_at(text, *at) == mark ? count_digits(text, *at + 1) : 0;
    *at += digits > 0 ? digits + 1 : 0;
    return digits > 0;
}

/** A date of ISO 8601 as XMP profiles it: year to seconds, with a zone behind a time. */
static bool is_date(Text text) {
    size_t at = byte_at(text, 0) == '-';
    const size_t year = count_digits(text, at);
    if (text.size == 0) {
        return true;
    }
    at += year;
    if (year == 0) {
        return false;
    }
    if (skip_part(text, &at, '-')) {
        (void)skip_part(text, &at, '-');
    }
    if (skip_part(text, &at, 'T')) {
        if (skip_part(text, &at, ':') && skip_part(text, &at, ':')) {
            (void)skip_part(text, &at, '.');
        }
        if (byte_at(text, at) == 'Z') {
            at++;
        } else if (skip_part(text, &at, '+') || skip_part(text, &at, '-')) {
            (void)skip_part(text, &at, ':');
        }
    }
    return at == text.size;
}

/** "41,59.5N" or "41,59,30N". */
static bool is_coordinate(Text text) {
    const size_t degrees = count_digits(text, 0);
    size_t at = degrees;
    const size_t minutes = byte_at(text, at) == ',' ? count_digits(text, at + 1) : 0;
    if (degrees < 1 || degrees > 3 || minutes < 1 || minutes > 2) {
        return false;
    }
    at += minutes + 1;
    const bool fraction = byte_at(text, at) == '.';
    const size_t rest = count_digits(text, at + 1);
    const bool sound = rest > 0 && (fraction || (byte_at(text, at) == ',' && rest <= 2));
    at += rest + 1;
    return sound && at + 1 == text.size && strchr("NSEW", text.data[at]) != NULL;
}

bool xmp_is_media_type(Text text) {
    size_t slashes = 0, size = 0;
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        const bool fits = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                          c == '+' || c == '.' || c == '-';
        if (c == '/' && size > 0) {
            slashes++;
            size = 0;
        } else if (fits) {
            size++;
        } else {
            return false;
        }
    }
    return slashes == 1 && size > 0;
}

static bool is_any_text(Text text) {
    (void)text;
    return true;
}

/** A simple type and what its values look like. */
typedef struct Simple {
    const char *name;
    bool (*fits)(Text text);
} Simple;

static const Simple simples[] = {
    {"text", is_any_text},
    {"propername", is_any_text},
    {"agentname", is_any_text},
    {"uri", is_any_text},
    {"url", is_any_text},
    {"xpath", is_any_text},
    {"locale", is_any_text},
    {"rational", is_any_text},
    {"renditionclass", is_any_text},
    {"integer", is_integer},
    {"real", is_real},
    {"boolean", is_boolean},
    {"date", is_date},
    {"mimetype", xmp_is_media_type},
    {"gpscoordinate", is_coordinate},
};

static const Simple *find_simple(Text type) {
    for (size_t i = 0; i < COUNT(simples); i++) {
        if (text_equal_ignoring_case(type, text_of(simples[i].name))) {
            return &simples[i];
        }
    }
    return NULL;
}

static const Structure *find_structure(Text type) {
    for (size_t i = 0; i < COUNT(structures); i++) {
        if (text_equal_ignoring_case(type, text_of(structures[i].name))) {
            return &structures[i];
        }
    }
    return NULL;
}

static const XmpCustomType *find_custom(const XmpExtensions *extensions, Text type) {
    for (const XmpCustomType *own = extensions->types; own != NULL; own = own->next) {
        if (text_equal_ignoring_case(type, own->name)) {
            return own;
        }
    }
    return NULL;
}

bool xmp_type_exists(const XmpExtensions *extensions, Text type) {
    for (unsigned depth = 0; depth < TYPE_DEPTH_MAX; depth++) {
        type = cut_choice(type);
        if (text_equal_ignoring_case(type, TEXT("lang alt"))) {
            return true;
        }
        if (cut_array(&type) == XMP_SIMPLE) {
            return find_simple(type) != NULL || find_structure(type) != NULL || find_custom(extensions, type) != NULL;
        }
    }
    return false;
}

static bool is_language_alternative(const XmpNode *node) {
    bool any = node->children == NULL;
    for (const XmpNode *item = node->children; item != NULL; item = item->next) {
        any = any || item->language.data != NULL;
    }
    return node->form == XMP_ALTERNATIVES && any;
}

static bool fits_structure(const XmpExtensions *extensions, const XmpNode *node, const Structure *structure,
                           unsigned depth) {
    if (node->form != XMP_STRUCTURE) {
        return false;
    }
    for (const XmpNode *field = node->children; field != NULL; field = field->next) {
        const Row *row = find_row(fields, COUNT(fields), text_of(structure->name), field->name);
        if (row == NULL || !text_equal(field->space, text_of(structure->space)) ||
            !xmp_fits(extensions, field, text_of(row->type), depth + 1)) {
            return false;
        }
    }
    return true;
}

/** The type of a custom type's field of that name; false when it has none. */
static bool field_type(const XmpCustomType *own, Text name, Text *ret_type) {
    for (const XmpNode *field = own->fields->children; field != NULL; field = field->next) {
        const XmpNode *known = xmp_child(field, XMP_SPACE_PDFA_FIELD, "name");
        const XmpNode *type = xmp_child(field, XMP_SPACE_PDFA_FIELD, "valueType");
        if (known != NULL && type != NULL && text_equal(known->value, name)) {
            *ret_type = type->value;
            return true;
        }
    }
    return false;
}

static bool fits_custom(const XmpExtensions *extensions, const XmpNode *node, const XmpCustomType *own,
                        unsigned depth) {
    if (own->fields == NULL || own->fields->children == NULL) {
        return node->form == XMP_SIMPLE;
    }
    if (node->form != XMP_STRUCTURE) {
        return false;
    }
    for (const XmpNode *field = node->children; field != NULL; field = field->next) {
        Text type = {0};
        if (!text_equal(field->space, own->space) || !field_type(own, field->name, &type) ||
            !xmp_fits(extensions, field, type, depth + 1)) {
            return false;
        }
    }
    return true;
}

bool xmp_fits(const XmpExtensions *extensions, const XmpNode *node, Text type, unsigned depth) {
    if (depth > TYPE_DEPTH_MAX) {
        return false;
    }
    type = cut_choice(type);
    if (text_equal(type, TEXT("any"))) {
        return true;
    }
    if (text_equal_ignoring_case(type, TEXT("lang alt"))) {
        return is_language_alternative(node);
    }
    const XmpForm form = cut_array(&type);
    if (form != XMP_SIMPLE) {
        bool sound = node->form == form;
        for (const XmpNode *item = node->children; item != NULL && sound; item = item->next) {
            sound = xmp_fits(extensions, item, type, depth + 1);
        }
        return sound;
    }
    const Structure *structure = find_structure(type);
    if (structure != NULL) {
        return fits_structure(extensions, node, structure, depth);
    }
    const Simple *simple = find_simple(type);
    if (simple != NULL) {
        return node->form == XMP_SIMPLE && simple->fits(node->value);
    }
    const XmpCustomType *own = find_custom(extensions, type);
    return own != NULL && fits_custom(extensions, node, own, depth);
}
