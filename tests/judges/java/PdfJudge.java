import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDDocumentNameDictionary;
import org.apache.pdfbox.pdmodel.PDEmbeddedFilesNameTreeNode;
import org.apache.pdfbox.pdmodel.common.PDNameTreeNode;
import org.apache.pdfbox.pdmodel.common.filespecification.PDComplexFileSpecification;
import org.apache.pdfbox.pdmodel.common.filespecification.PDEmbeddedFile;
import org.apache.pdfbox.text.PDFTextStripper;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * Two judges of PDF files that nobody here wrote, many files in one run. "3b FILE..." (or 2b, 2u) asks veraPDF and prints one
 * line a file: name, "pass" or "fail", and the clauses that failed as CLAUSE-TEST, between tabs. "read FILE..." asks PDFBox and
 * prints, between tabs, name, "attachment", SHA-256, media type, relationship, name; and name, "text", what stands on the
 * pages without blanks.
 */
public final class PdfJudge {
    private PdfJudge() {}

    public static void main(String[] arguments) throws Exception {
        Logger.getLogger("").setLevel(Level.OFF);
        VeraGreenfieldFoundryProvider.initialise();
        boolean sound = arguments.length > 1;
        for (String file : List.of(arguments).subList(1, arguments.length)) {
            try {
                System.out.print(arguments[0].equals("read") ? read(file) : judge(file, PDFAFlavour.fromString(arguments[0])));
            } catch (Exception problem) {
                System.out.println(file + "\tfail\t" + problem.toString().replaceAll("\\s+", " "));
            }
        }
        System.exit(sound ? 0 : 2);
    }

    private static String judge(String file, PDFAFlavour flavour) throws Exception {
        try (PDFAParser parser = Foundries.defaultInstance().createParser(Path.of(file).toFile(), flavour);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
            ValidationResult result = validator.validate(parser);
            TreeSet<String> failed = new TreeSet<>();
            for (TestAssertion assertion : result.getTestAssertions()) {
                if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                    failed.add(assertion.getRuleId().getClause() + "-" + assertion.getRuleId().getTestNumber());
                }
            }
            return file + "\t" + (result.isCompliant() ? "pass" : "fail") + "\t" + String.join(" ", failed) + "\n";
        }
    }

    private static String read(String file) throws Exception {
        StringBuilder lines = new StringBuilder();
        try (PDDocument document = Loader.loadPDF(Path.of(file).toFile())) {
            Map<String, PDComplexFileSpecification> files = new TreeMap<>();
            PDDocumentNameDictionary names = document.getDocumentCatalog().getNames();
            if (names != null && names.getEmbeddedFiles() != null) {
                collect(names.getEmbeddedFiles(), files);
            }
            for (Map.Entry<String, PDComplexFileSpecification> entry : files.entrySet()) {
                PDEmbeddedFile embedded = entry.getValue().getEmbeddedFileUnicode();
                byte[] hash = MessageDigest.getInstance("SHA-256").digest(embedded.toByteArray());
                lines.append(String.join("\t", file, "attachment", HexFormat.of().formatHex(hash), embedded.getSubtype(),
                        entry.getValue().getCOSObject().getNameAsString("AFRelationship"), entry.getValue().getFileUnicode()));
                lines.append('\n');
            }
            String text = new PDFTextStripper().getText(document).replaceAll("[\\s\\u00a0]+", "");
            lines.append(file).append("\ttext\t").append(text).append('\n');
        }
        return lines.toString();
    }

    private static void collect(PDNameTreeNode<PDComplexFileSpecification> node, Map<String, PDComplexFileSpecification> files)
            throws IOException {
        if (node.getNames() != null) {
            files.putAll(node.getNames());
        }
        if (node.getKids() != null) {
            for (PDNameTreeNode<PDComplexFileSpecification> kid : node.getKids()) {
                collect(kid, files);
            }
        }
    }
}
