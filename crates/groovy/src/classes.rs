//! Class names: which simple name means which class, and what extends what.

const KNOWN: &[(&str, &str)] = &[
    (
        "java.lang",
        "StackTraceElement Object String Integer Long Short Byte Double Float Boolean Character Number Math System StringBuilder StringBuffer Class Thread Runnable CharSequence Comparable Iterable Exception RuntimeException Error Throwable NullPointerException IllegalArgumentException IllegalStateException NumberFormatException ArithmeticException ClassCastException IndexOutOfBoundsException StringIndexOutOfBoundsException ArrayIndexOutOfBoundsException UnsupportedOperationException InterruptedException AssertionError StackOverflowError ClassNotFoundException CloneNotSupportedException SecurityException NoSuchMethodException NoSuchFieldException Cloneable Override Void Runtime OutOfMemoryError NegativeArraySizeException",
    ),
    (
        "java.util",
        "List Map Set Collection ArrayList LinkedList HashMap LinkedHashMap TreeMap HashSet LinkedHashSet SortedSet TreeSet Date Calendar GregorianCalendar TimeZone Locale UUID Collections Arrays Iterator Random Base64 Properties Objects Optional StringTokenizer Scanner NoSuchElementException ConcurrentModificationException Queue Deque ArrayDeque Stack Vector Hashtable SimpleTimeZone Comparator Formatter MissingResourceException StringJoiner EmptyStackException SortedMap",
    ),
    (
        "java.io",
        "File InputStream OutputStream Reader Writer StringReader StringWriter BufferedReader InputStreamReader ByteArrayInputStream ByteArrayOutputStream PrintWriter PrintStream IOException UncheckedIOException FileNotFoundException UnsupportedEncodingException Serializable BufferedWriter OutputStreamWriter BufferedInputStream EOFException Closeable CharArrayWriter LineNumberReader PushbackReader DataInputStream DataOutputStream BufferedOutputStream SequenceInputStream",
    ),
    ("java.math", "BigDecimal BigInteger RoundingMode MathContext"),
    (
        "java.net",
        "URL URI URLEncoder URLDecoder HttpURLConnection MalformedURLException URISyntaxException UnknownHostException SocketTimeoutException",
    ),
    (
        "java.nio.charset",
        "StandardCharsets Charset CharacterCodingException MalformedInputException UnmappableCharacterException",
    ),
    (
        "java.text",
        "SimpleDateFormat DateFormat DecimalFormat NumberFormat ParseException DecimalFormatSymbols MessageFormat Normalizer",
    ),
    (
        "java.time",
        "LocalDate LocalDateTime LocalTime Instant ZonedDateTime OffsetDateTime ZoneId ZoneOffset Duration Period DayOfWeek Month Year YearMonth DateTimeException Clock",
    ),
    ("java.time.format", "DateTimeFormatter DateTimeParseException DateTimeFormatterBuilder"),
    ("java.time.temporal", "ChronoUnit ChronoField TemporalAdjusters"),
    ("java.util.stream", "Collectors Stream IntStream"),
    ("org.codehaus.groovy.runtime", "StackTraceUtils"),
    ("java.util.function", "Function Supplier Consumer Predicate BiFunction"),
    ("java.util.regex", "Pattern Matcher PatternSyntaxException"),
    (
        "java.util.concurrent",
        "TimeUnit Callable ConcurrentHashMap CopyOnWriteArrayList Executors ExecutionException TimeoutException ThreadLocalRandom",
    ),
    ("java.util.concurrent.atomic", "AtomicInteger AtomicLong"),
    (
        "java.security",
        "MessageDigest NoSuchAlgorithmException InvalidKeyException SecureRandom GeneralSecurityException",
    ),
    ("javax.crypto", "Mac Cipher"),
    ("javax.crypto.spec", "SecretKeySpec IvParameterSpec"),
    ("javax.xml.bind", "DatatypeConverter"),
    (
        "groovy.json",
        "JsonSlurper JsonOutput JsonBuilder JsonSlurperClassic JsonException StreamingJsonBuilder JsonParserType",
    ),
    ("groovy.xml", "XmlUtil MarkupBuilder StreamingMarkupBuilder QName Namespace"),
    (
        "groovy.util",
        "GroovyCollections XmlSlurper XmlParser Node NodeList XmlNodePrinter IndentPrinter Expando ConfigSlurper Eval",
    ),
    ("groovy.util.slurpersupport", "GPathResult NodeChild NodeChildren Attributes NoChildren FilteredNodeChildren"),
    ("groovy.time", "TimeCategory"),
    (
        "groovy.lang",
        "Closure GString Range IntRange Script Tuple Tuple2 Binding GroovyClassLoader GroovyObject GroovyInterceptable Mixin Category Lazy Singleton Delegate MissingMethodException MissingPropertyException GroovyRuntimeException GroovyShell GroovySystem ReadOnlyPropertyException",
    ),
    ("groovy.transform", "Field CompileStatic ToString EqualsAndHashCode TupleConstructor Canonical"),
    ("org.codehaus.groovy.runtime.typehandling", "GroovyCastException"),
    ("org.xml.sax", "SAXParseException SAXException InputSource"),
    ("org.apache.commons.lang", "StringEscapeUtils StringUtils"),
];

const PARENTS: &[(&str, &str)] = &[
    ("java.lang.Exception", "java.lang.Throwable"),
    ("java.lang.Error", "java.lang.Throwable"),
    ("java.lang.RuntimeException", "java.lang.Exception"),
    ("java.lang.AssertionError", "java.lang.Error"),
    ("org.codehaus.groovy.runtime.powerassert.PowerAssertionError", "java.lang.AssertionError"),
    ("java.lang.StackOverflowError", "java.lang.Error"),
    ("java.lang.OutOfMemoryError", "java.lang.Error"),
    ("java.lang.NumberFormatException", "java.lang.IllegalArgumentException"),
    ("java.nio.charset.CharacterCodingException", "java.io.IOException"),
    ("java.nio.charset.MalformedInputException", "java.nio.charset.CharacterCodingException"),
    ("java.nio.charset.UnmappableCharacterException", "java.nio.charset.CharacterCodingException"),
    ("java.util.regex.PatternSyntaxException", "java.lang.IllegalArgumentException"),
    ("java.lang.StringIndexOutOfBoundsException", "java.lang.IndexOutOfBoundsException"),
    ("java.lang.ArrayIndexOutOfBoundsException", "java.lang.IndexOutOfBoundsException"),
    ("org.codehaus.groovy.runtime.typehandling.GroovyCastException", "java.lang.ClassCastException"),
    ("groovy.lang.MissingMethodException", "groovy.lang.GroovyRuntimeException"),
    ("groovy.lang.MissingPropertyException", "groovy.lang.GroovyRuntimeException"),
    ("groovy.lang.ReadOnlyPropertyException", "groovy.lang.MissingPropertyException"),
    ("java.io.IOException", "java.lang.Exception"),
    ("java.io.FileNotFoundException", "java.io.IOException"),
    ("java.io.UnsupportedEncodingException", "java.io.IOException"),
    ("java.net.MalformedURLException", "java.io.IOException"),
    ("java.net.UnknownHostException", "java.io.IOException"),
    ("java.text.ParseException", "java.lang.Exception"),
    ("java.time.format.DateTimeParseException", "java.time.DateTimeException"),
    ("org.xml.sax.SAXException", "java.lang.Exception"),
    ("org.xml.sax.SAXParseException", "org.xml.sax.SAXException"),
    ("java.security.GeneralSecurityException", "java.lang.Exception"),
    ("java.security.NoSuchAlgorithmException", "java.security.GeneralSecurityException"),
    ("java.security.InvalidKeyException", "java.security.GeneralSecurityException"),
    ("java.lang.InterruptedException", "java.lang.Exception"),
    ("java.lang.ClassNotFoundException", "java.lang.Exception"),
    ("java.util.GregorianCalendar", "java.util.Calendar"),
    ("java.util.LinkedHashMap", "java.util.HashMap"),
    ("java.util.LinkedHashSet", "java.util.HashSet"),
    ("java.util.HashMap", "java.util.AbstractMap"),
    ("java.util.AbstractMap", "java.util.Map"),
    ("java.util.TreeMap", "java.util.AbstractMap"),
    ("groovy.json.internal.LazyMap", "java.util.AbstractMap"),
    ("java.util.ArrayList", "java.util.List"),
    ("java.util.LinkedList", "java.util.List"),
    ("java.util.Arrays$ArrayList", "java.util.List"),
    ("groovy.util.NodeList", "java.util.ArrayList"),
    ("groovy.lang.Tuple2", "groovy.lang.Tuple"),
    ("groovy.lang.Tuple", "java.util.List"),
    ("groovy.lang.EmptyRange", "groovy.lang.Range"),
    ("groovy.lang.IntRange", "groovy.lang.Range"),
    ("groovy.lang.ObjectRange", "groovy.lang.Range"),
    ("groovy.lang.Range", "java.util.List"),
    ("java.util.HashSet", "java.util.Set"),
    ("java.util.TreeSet", "java.util.Set"),
    ("java.util.List", "java.util.Collection"),
    ("java.util.Set", "java.util.Collection"),
    ("java.util.Collection", "java.lang.Iterable"),
    ("java.util.LinkedHashMap$Entry", "java.util.Map$Entry"),
    ("org.codehaus.groovy.runtime.GStringImpl", "groovy.lang.GString"),
    ("groovy.lang.GString", "java.lang.CharSequence"),
    ("java.lang.String", "java.lang.CharSequence"),
    ("java.lang.StringBuilder", "java.lang.CharSequence"),
    ("java.lang.StringBuffer", "java.lang.CharSequence"),
    ("org.codehaus.groovy.runtime.MethodClosure", "groovy.lang.Closure"),
    ("org.codehaus.groovy.runtime.CurriedClosure", "groovy.lang.Closure"),
    ("org.codehaus.groovy.runtime.ComposedClosure", "groovy.lang.Closure"),
    ("groovy.lang.TrampolineClosure", "groovy.lang.Closure"),
    ("groovy.lang.Closure$1", "groovy.lang.Closure"),
    ("org.codehaus.groovy.runtime.memoize.Memoize$MemoizeFunction", "groovy.lang.Closure"),
    ("groovy.util.slurpersupport.NodeChild", "groovy.util.slurpersupport.GPathResult"),
    ("groovy.util.slurpersupport.NodeChildren", "groovy.util.slurpersupport.GPathResult"),
    ("groovy.util.slurpersupport.NoChildren", "groovy.util.slurpersupport.GPathResult"),
    ("groovy.util.slurpersupport.FilteredNodeChildren", "groovy.util.slurpersupport.GPathResult"),
    ("groovy.util.slurpersupport.Attributes", "groovy.util.slurpersupport.GPathResult"),
    ("java.io.InputStreamReader", "java.io.Reader"),
    ("java.io.LineNumberReader", "java.io.BufferedReader"),
    ("java.io.PushbackReader", "java.io.Reader"),
    ("java.io.BufferedInputStream", "java.io.InputStream"),
    ("java.io.DataInputStream", "java.io.InputStream"),
    ("java.io.SequenceInputStream", "java.io.InputStream"),
    ("java.io.BufferedWriter", "java.io.Writer"),
    ("java.io.OutputStreamWriter", "java.io.Writer"),
    ("java.io.CharArrayWriter", "java.io.Writer"),
    ("java.io.PrintStream", "java.io.OutputStream"),
    ("java.io.StringReader", "java.io.Reader"),
    ("java.io.BufferedReader", "java.io.Reader"),
    ("java.io.ByteArrayInputStream", "java.io.InputStream"),
    ("java.io.StringWriter", "java.io.Writer"),
    ("java.io.PrintWriter", "java.io.Writer"),
    ("java.io.ByteArrayOutputStream", "java.io.OutputStream"),
    ("java.text.SimpleDateFormat", "java.text.DateFormat"),
];

/// The full name a simple name has without an import of its own.
pub fn known(simple: &str) -> Option<&'static str> {
    use std::collections::HashMap;
    use std::sync::OnceLock;
    static TABLE: OnceLock<HashMap<&'static str, &'static str>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut t = HashMap::new();
        let families = crate::library::FAMILIES.iter().flat_map(|f| f.classes);
        for (package, names) in KNOWN.iter().chain(families) {
            for n in names.split(' ') {
                t.insert(n, &*Box::leak(format!("{package}.{n}").into_boxed_str()));
            }
        }
        t
    });
    table.get(simple).copied()
}

/// Whether a full name is one of the library's.
pub fn is_known(full: &str) -> bool {
    full.rsplit_once('.').is_some_and(|(_, s)| known(s) == Some(full))
}

/// Packages whose classes need no import.
pub fn always_imported(full: &str) -> bool {
    ["java.lang.", "java.util.", "java.io.", "java.net.", "groovy.lang.", "groovy.util."]
        .iter()
        .any(|p| full.strip_prefix(p).is_some_and(|r| !r.contains('.')))
        || matches!(full, "java.math.BigDecimal" | "java.math.BigInteger")
}

/// Whether a class is a kind of exception.
pub fn is_throwable(full: &str) -> bool {
    is_subclass(full, "java.lang.Throwable")
}

/// Whether a class is the other one or extends it.
pub fn is_subclass(class: &str, of: &str) -> bool {
    if class == of || of == "java.lang.Object" {
        return true;
    }
    let number = matches!(
        class,
        "java.lang.Integer"
            | "java.lang.Long"
            | "java.lang.Short"
            | "java.lang.Byte"
            | "java.lang.Double"
            | "java.lang.Float"
            | "java.math.BigDecimal"
            | "java.math.BigInteger"
    );
    if number && of == "java.lang.Number" || of == "java.lang.Comparable" && (number || class == "java.lang.String") {
        return true;
    }
    let library = crate::library::family_of(class).and_then(|f| f.parents.iter().find(|p| p.0 == class));
    match PARENTS.iter().find(|p| p.0 == class).or(library) {
        Some((_, parent)) => is_subclass(parent, of),
        None if class.contains("_closure") => of == "groovy.lang.Closure" || of == "java.lang.Runnable",
        None if class.ends_with("Exception") && class != "java.lang.RuntimeException" => {
            let checked = class.starts_with("com.") || class.starts_with("javax.");
            is_subclass(if checked { "java.lang.Exception" } else { "java.lang.RuntimeException" }, of)
        }
        None => class.ends_with("Error") && is_subclass("java.lang.Error", of),
    }
}

/// What a class of the library extends, if it is listed.
pub fn parent_of(class: &str) -> Option<&'static str> {
    if matches!(
        class,
        "java.lang.Integer" | "java.lang.Long" | "java.lang.Double" | "java.math.BigDecimal" | "java.math.BigInteger"
    ) {
        return Some("java.lang.Number");
    }
    PARENTS.iter().find(|p| p.0 == class).map(|p| p.1)
}

/// Whether a name is an interface; it only matters for `toString()` of a class.
pub fn is_interface(full: &str) -> bool {
    matches!(
        full,
        "java.util.List"
            | "java.util.Map"
            | "java.util.Set"
            | "java.util.Collection"
            | "java.lang.CharSequence"
            | "java.lang.Runnable"
            | "java.lang.Iterable"
            | "java.util.Comparator"
            | "java.util.Iterator"
            | "java.util.concurrent.Callable"
            | "java.util.function.Function"
            | "java.util.function.Supplier"
            | "java.util.function.Consumer"
            | "java.util.function.Predicate"
            | "java.util.function.BiFunction"
    )
}

/// The wrapper class of a primitive.
pub fn boxed(name: &str) -> Option<&'static str> {
    Some(match name {
        "int" => "java.lang.Integer",
        "long" => "java.lang.Long",
        "short" => "java.lang.Short",
        "byte" => "java.lang.Byte",
        "double" => "java.lang.Double",
        "float" => "java.lang.Float",
        "boolean" => "java.lang.Boolean",
        "char" => "java.lang.Character",
        _ => return None,
    })
}
