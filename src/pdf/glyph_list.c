/** Glyph names: the standard encodings of simple fonts (ISO 32000-1, annex D), and the Unicode values of names. */
#include "pdf/glyph_list.h"

#include <string.h>

/* Names by code, each with a space behind it; a code without a name has the space alone. */
/* clang-format off */
static const char standard_names[] =
    "                                space exclam quotedbl numbersign dollar percent ampersand quoteright "
    "parenleft parenright asterisk plus comma hyphen period slash zero one two three four five six seven "
    "eight nine colon semicolon less equal greater question at A B C D E F G H I J K L M N O P Q R S T U V W "
    "X Y Z bracketleft backslash bracketright asciicircum underscore quoteleft a b c d e f g h i j k l m n o "
    "p q r s t u v w x y z braceleft bar braceright asciitilde                                   exclamdown "
    "cent sterling fraction yen florin section currency quotesingle quotedblleft guillemotleft guilsinglleft "
    "guilsinglright fi fl  endash dagger daggerdbl periodcentered  paragraph bullet quotesinglbase "
    "quotedblbase quotedblright guillemotright ellipsis perthousand  questiondown  grave acute circumflex "
    "tilde macron breve dotaccent dieresis  ring cedilla  hungarumlaut ogonek caron emdash                 "
    "AE  ordfeminine     Lslash Oslash OE ordmasculine      ae    dotlessi   lslash oslash oe germandbls     ";

static const char mac_roman_names[] =
    "                                space exclam quotedbl numbersign dollar percent ampersand quotesingle "
    "parenleft parenright asterisk plus comma hyphen period slash zero one two three four five six seven "
    "eight nine colon semicolon less equal greater question at A B C D E F G H I J K L M N O P Q R S T U V W "
    "X Y Z bracketleft backslash bracketright asciicircum underscore grave a b c d e f g h i j k l m n o p q "
    "r s t u v w x y z braceleft bar braceright asciitilde  Adieresis Aring Ccedilla Eacute Ntilde Odieresis "
    "Udieresis aacute agrave acircumflex adieresis atilde aring ccedilla eacute egrave ecircumflex edieresis "
    "iacute igrave icircumflex idieresis ntilde oacute ograve ocircumflex odieresis otilde uacute ugrave "
    "ucircumflex udieresis dagger degree cent sterling section bullet paragraph germandbls registered "
    "copyright trademark acute dieresis notequal AE Oslash infinity plusminus lessequal greaterequal yen mu "
    "partialdiff summation product pi integral ordfeminine ordmasculine Omega ae oslash questiondown "
    "exclamdown logicalnot radical florin approxequal Delta guillemotleft guillemotright ellipsis space "
    "Agrave Atilde Otilde OE oe endash emdash quotedblleft quotedblright quoteleft quoteright divide lozenge "
    "ydieresis Ydieresis fraction currency guilsinglleft guilsinglright fi fl daggerdbl periodcentered "
    "quotesinglbase quotedblbase perthousand Acircumflex Ecircumflex Aacute Edieresis Egrave Iacute "
    "Icircumflex Idieresis Igrave Oacute Ocircumflex apple Ograve Uacute Ucircumflex Ugrave dotlessi "
    "circumflex tilde macron breve dotaccent ring cedilla hungarumlaut ogonek caron ";

static const char win_ansi_names[] =
    "                                space exclam quotedbl numbersign dollar percent ampersand quotesingle "
    "parenleft parenright asterisk plus comma hyphen period slash zero one two three four five six seven "
    "eight nine colon semicolon less equal greater question at A B C D E F G H I J K L M N O P Q R S T U V W "
    "X Y Z bracketleft backslash bracketright asciicircum underscore grave a b c d e f g h i j k l m n o p q "
    "r s t u v w x y z braceleft bar braceright asciitilde bullet Euro bullet quotesinglbase florin "
    "quotedblbase ellipsis dagger daggerdbl circumflex perthousand Scaron guilsinglleft OE bullet Zcaron "
    "bullet bullet quoteleft quoteright quotedblleft quotedblright bullet endash emdash tilde trademark "
    "scaron guilsinglright oe bullet zcaron Ydieresis space exclamdown cent sterling currency yen brokenbar "
    "section dieresis copyright ordfeminine guillemotleft logicalnot hyphen registered macron degree "
    "plusminus twosuperior threesuperior acute mu paragraph periodcentered cedilla onesuperior ordmasculine "
    "guillemotright onequarter onehalf threequarters questiondown Agrave Aacute Acircumflex Atilde Adieresis "
    "Aring AE Ccedilla Egrave Eacute Ecircumflex Edieresis Igrave Iacute Icircumflex Idieresis Eth Ntilde "
    "Ograve Oacute Ocircumflex Otilde Odieresis multiply Oslash Ugrave Uacute Ucircumflex Udieresis Yacute "
    "Thorn germandbls agrave aacute acircumflex atilde adieresis aring ae ccedilla egrave eacute ecircumflex "
    "edieresis igrave iacute icircumflex idieresis eth ntilde ograve oacute ocircumflex otilde odieresis "
    "divide oslash ugrave uacute ucircumflex udieresis yacute thorn ydieresis ";
/* clang-format on */

void glyph_names(GlyphEncoding encoding, Text ret_names[GLYPH_CODES]) {
    static const char *const tables[] = {
        [GLYPHS_STANDARD] = standard_names, [GLYPHS_MAC_ROMAN] = mac_roman_names, [GLYPHS_WIN_ANSI] = win_ansi_names};
    Text rest = text_of(tables[encoding]);
    for (size_t i = 0; i < GLYPH_CODES; i++) {
        ret_names[i] = text_cut(&rest, ' ');
    }
}

static Text first_name(const char *row) {
    return (Text){row, (size_t)(strchr(row, '=') - row)};
}

/** The value of a name within a row "A=41 AE=C6"; 0 when it is not there. */
static uint32_t value_in_row(const char *row, Text name) {
    Text rest = text_of(row);
    while (rest.size > 0) {
        Text value = text_cut(&rest, ' ');
        if (!text_equal(text_cut(&value, '='), name)) {
            continue;
        }
        uint32_t code_point = 0;
        for (size_t i = 0; i < value.size; i++) {
            const char c = value.data[i];
            code_point = code_point * 16 + (uint32_t)(c <= '9' ? c - '0' : c - 'A' + 10);
        }
        return code_point;
    }
    return 0;
}

uint32_t glyph_code_point(Text name) {
    const bool front = text_compare(name, first_name(glyph_list_back[0])) < 0;
    const char *const *rows = front ? glyph_list_front : glyph_list_back;
    size_t from = 0, to = front ? glyph_list_front_count : glyph_list_back_count;
    while (to - from > 1) {
        const size_t middle = from + (to - from) / 2;
        if (text_compare(first_name(rows[middle]), name) <= 0) {
            from = middle;
        } else {
            to = middle;
        }
    }
    return value_in_row(rows[from], name);
}
