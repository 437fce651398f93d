package oracle;
/** What a request says of the world: credentials and value mappings. */
public class World {
    static java.util.Map<String, java.util.Map<String, String>> credentials = java.util.Collections.emptyMap();
    static java.util.List<java.util.List<String>> mappings = java.util.Collections.emptyList();

    @SuppressWarnings("unchecked")
    public static <T> T api(Class<T> type) {
        if (type == com.sap.it.api.securestore.SecureStoreService.class) return (T) new Store();
        if (type == com.sap.it.api.mapping.ValueMappingApi.class) return (T) new Mappings();
        if (type == com.sap.it.api.pd.PartnerDirectoryService.class) return (T) new Partners();
        if (type == com.sap.it.api.nrc.NumberRangeConfigurationService.class) return (T) new Numbers();
        if (type == com.sap.it.api.asdk.datastore.DataStoreService.class) return (T) new Stores();
        return null;
    }

    /** Every range begins at 1 for each call of a script. */
    static java.util.Map<String, Integer> drawn = new java.util.HashMap<>();
    /** Data stores are empty before each call of a script. */
    static java.util.Map<java.util.List<String>, com.sap.it.api.asdk.datastore.DataBean> entries = new java.util.HashMap<>();

    static class Numbers implements com.sap.it.api.nrc.NumberRangeConfigurationService {
        public String getNextValuefromNumberRange(Object name, Object extra) { return String.valueOf(drawn.merge(String.valueOf(name), 1, Integer::sum)); }
    }

    static class Stores implements com.sap.it.api.asdk.datastore.DataStoreService {
        public com.sap.it.api.asdk.datastore.DataBean get(String store, String id) { return entries.get(java.util.Arrays.asList(store, id)); }
        public Object put(com.sap.it.api.asdk.datastore.DataBean bean, com.sap.it.api.asdk.datastore.DataConfig config) {
            entries.put(java.util.Arrays.asList(config.getStoreName(), config.getId()), bean);
            return null;
        }
    }

    static class Store implements com.sap.it.api.securestore.SecureStoreService {
        public com.sap.it.api.securestore.UserCredential getUserCredential(Object alias) throws com.sap.it.api.securestore.exception.SecureStoreException {
            java.util.Map<String, String> c = credentials.getOrDefault(String.valueOf(alias), credentials.get("*"));
            if (c == null) throw new com.sap.it.api.securestore.exception.SecureStoreException("the secret '" + alias + "' is not set");
            return new Credential(c.get("user"), c.get("password"));
        }
    }

    static class Credential implements com.sap.it.api.securestore.UserCredential {
        private final String user, password;
        Credential(String user, String password) { this.user = user; this.password = password; }
        public String getUsername() { return user; }
        public char[] getPassword() { return password.toCharArray(); }
        public java.util.Map<String, String> getCredentialProperties() { return new java.util.HashMap<>(); }
    }

    static class Mappings implements com.sap.it.api.mapping.ValueMappingApi {
        public String getMappedValue(Object a, Object i, Object value, Object ta, Object ti) {
            for (java.util.List<String> m : mappings) if (m.subList(0, 5).equals(java.util.Arrays.asList(String.valueOf(a), String.valueOf(i), String.valueOf(value), String.valueOf(ta), String.valueOf(ti)))) return m.get(5);
            return null;
        }
    }

    static class Partners implements com.sap.it.api.pd.PartnerDirectoryService {
        public <T> T getParameter(Object id, Object partner, Class<T> type) { return null; }
        public String getPartnerId(Object agency, Object scheme, Object other) { return null; }
        public String getAlternativePartnerId(Object agency, Object scheme, Object partner) { return null; }
        public String getPartnerIdOfAuthorizedUser(Object user) { return null; }
        public java.util.List<String> getAuthorizedUsers(String partner) { return new java.util.ArrayList<>(); }
    }
}

package oracle;
import java.io.*;
import java.nio.charset.StandardCharsets;
/** Conversions of bodies and headers, as Camel's type converters do them. */
public class Convert {
    @SuppressWarnings("unchecked")
    public static <T> T to(Object v, Class<T> type) {
        if (v == null) return null;
        if (v instanceof org.apache.camel.converter.stream.InputStreamCache) ((ByteArrayInputStream) v).reset();
        if (type.isInstance(v)) return (T) v;
        try {
            if (type == String.class) return (T) text(v);
            if (type == byte[].class) return (T) bytes(v);
            if (type == InputStream.class || type == ByteArrayInputStream.class) return (T) new ByteArrayInputStream(bytes(v));
            if (type == Reader.class || type == StringReader.class) return (T) new StringReader(text(v));
            if (type == org.w3c.dom.Document.class) return (T) javax.xml.parsers.DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(bytes(v)));
            if (type == Integer.class) return (T) Integer.valueOf(text(v).trim());
            if (type == Long.class) return (T) Long.valueOf(text(v).trim());
            if (type == Double.class) return (T) Double.valueOf(text(v).trim());
            if (type == Boolean.class) return (T) Boolean.valueOf(text(v).trim());
        } catch (Exception e) {
            return null;
        }
        return null;
    }

    static byte[] bytes(Object v) throws IOException {
        if (v instanceof byte[]) return (byte[]) v;
        if (v instanceof InputStream) return ((InputStream) v).readAllBytes();
        return text(v).getBytes(StandardCharsets.UTF_8);
    }

    public static String text(Object v) throws IOException {
        if (v instanceof byte[]) return new String((byte[]) v, StandardCharsets.UTF_8);
        if (v instanceof char[]) return new String((char[]) v);
        if (v instanceof InputStream) {
            InputStream in = (InputStream) v;
            if (in instanceof ByteArrayInputStream) in.reset();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        if (v instanceof Reader) {
            StringWriter w = new StringWriter();
            ((Reader) v).transferTo(w);
            return w.toString();
        }
        if (v instanceof org.w3c.dom.Node) {
            try {
                StringWriter w = new StringWriter();
                javax.xml.transform.TransformerFactory.newInstance().newTransformer().transform(new javax.xml.transform.dom.DOMSource((org.w3c.dom.Node) v), new javax.xml.transform.stream.StreamResult(w));
                return w.toString();
            } catch (javax.xml.transform.TransformerException e) {
                throw new IOException(e);
            }
        }
        return v.toString();
    }
}

package oracle;
import groovy.lang.*;
import java.io.*;
import java.lang.reflect.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import com.sap.gateway.ip.core.customdev.util.Message;
import com.sap.it.api.msglog.*;
import org.codehaus.groovy.control.*;
import org.codehaus.groovy.control.messages.*;

/** One request a line, one answer a line; ends itself when a script does not end. */
public class Harness {
    static final int LONGEST = 1 << 20;

    public static void main(String[] args) throws Exception {
        // Groovy reads the version wrongly when it has two digits, and then gives maps of JSON another order.
        System.setProperty("java.version", "1.8.0_402");
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        System.setOut(nowhere);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.setErr(nowhere);
        System.setSecurityManager(new Fence());
        out.println("ready");
        for (String line; (line = in.readLine()) != null;) {
            Map<?, ?> request = (Map<?, ?>) new groovy.json.JsonSlurperClassic().parseText(line);
            Map<String, Object> answer = answer(request);
            String text;
            try {
                text = groovy.json.JsonOutput.toJson(answer);
            } catch (Throwable t) {
                text = "{\"phase\":\"timeout\",\"stuck\":true}";
                answer.put("stuck", true);
            }
            out.println(text);
            if (answer.containsKey("stuck")) Runtime.getRuntime().halt(3);
        }
        Runtime.getRuntime().halt(0);
    }

    /** Scripts may not leave the house: no processes, no network, no writing, no end of the machine. */
    static class Fence extends SecurityManager {
        private static final String[] PLACES = places();
        private static String[] places() {
            List<String> all = new ArrayList<>(Arrays.asList(System.getProperty("java.home"), "/usr/share", "/usr/lib/jvm", "/etc/java", "/dev/urandom", "/dev/random"));
            for (String jar : System.getProperty("java.class.path").split(":")) all.add(jar);
            return all.toArray(new String[0]);
        }
        private void no(String what) { throw new SecurityException("the oracle's fence: " + what); }
        @Override public void checkPermission(java.security.Permission p) { if (p.getName().startsWith("setSecurityManager")) no("security manager"); }
        @Override public void checkPermission(java.security.Permission p, Object context) { }
        @Override public void checkRead(String file) {
            for (String place : PLACES) if (file.startsWith(place)) return;
            no("read");
        }
        @Override public void checkExit(int status) { no("exit"); }
        @Override public void checkExec(String cmd) { no("exec"); }
        @Override public void checkConnect(String host, int port) { no("connect"); }
        @Override public void checkConnect(String host, int port, Object context) { no("connect"); }
        @Override public void checkListen(int port) { no("listen"); }
        @Override public void checkWrite(String file) { no("write"); }
        @Override public void checkDelete(String file) { no("delete"); }
    }

    static Map<String, Object> answer(Map<?, ?> request) {
        Map<String, Object> answer = new LinkedHashMap<>();
        long millis = ((Number) request.get("millis")).longValue();
        Object[] compiled = new Object[1];
        boolean ended = within(millis * 4, () -> compiled[0] = compile(request));
        if (!ended) {
            answer.put("phase", "timeout");
            answer.put("stuck", true);
            return answer;
        }
        if (!(compiled[0] instanceof Class)) {
            answer.put("phase", "compile");
            answer.put("error", compiled[0] instanceof Throwable ? failure((Throwable) compiled[0]) : null);
            return answer;
        }
        answer.put("phase", "run");
        List<Object> results = new ArrayList<>();
        answer.put("results", results);
        for (Object input : (List<?>) request.get("inputs")) {
            Map<String, Object> result = new LinkedHashMap<>();
            boolean over = within(millis, () -> run((Class<?>) compiled[0], (String) request.get("function"), (Map<?, ?>) input, result));
            if (over) {
                results.add(result);
            } else {
                results.add(new LinkedHashMap<>(Collections.singletonMap("phase", "timeout")));
                answer.put("stuck", true);
                break;
            }
        }
        return answer;
    }

    static boolean within(long millis, Runnable work) {
        Thread t = new Thread(null, work, "script", 8L << 20);
        t.setDaemon(true);
        t.start();
        try {
            t.join(millis);
        } catch (InterruptedException e) {
            return false;
        }
        return !t.isAlive();
    }

    /** A class or the error. Imports that do not resolve and are not needed are dropped, as many are dead. */
    static Object compile(Map<?, ?> request) {
        String source = (String) request.get("source");
        for (int round = 0; ; round++) {
            try {
                GroovyClassLoader loader = new GroovyClassLoader(Harness.class.getClassLoader());
                Map<?, ?> companions = (Map<?, ?>) request.get("companions");
                if (companions != null && !companions.isEmpty()) {
                    Map<String, String> sources = new HashMap<>();
                    for (Map.Entry<?, ?> e : companions.entrySet()) sources.put((String) e.getKey(), (String) e.getValue());
                    loader.setResourceLoader(name -> memory(name, sources.get(name.replace('.', '/'))));
                }
                return loader.parseClass(new GroovyCodeSource(source, "Script1.groovy", "/groovy/script"), false);
            } catch (MultipleCompilationErrorsException e) {
                String less = withoutDeadImports(source, e);
                if (less == null || round > 3) return e;
                source = less;
            } catch (Throwable t) {
                return t;
            }
        }
    }

    static java.net.URL memory(String name, String source) {
        if (source == null) return null;
        try {
            return new java.net.URL(null, "memory:/" + name.replace('.', '/') + ".groovy", new java.net.URLStreamHandler() {
                @Override protected java.net.URLConnection openConnection(java.net.URL u) {
                    return new java.net.URLConnection(u) {
                        @Override public void connect() { }
                        @Override public InputStream getInputStream() { return new ByteArrayInputStream(source.getBytes(StandardCharsets.UTF_8)); }
                    };
                }
            });
        } catch (java.net.MalformedURLException e) {
            return null;
        }
    }

    static String withoutDeadImports(String source, MultipleCompilationErrorsException e) {
        String[] lines = source.split("\n", -1);
        boolean changed = false;
        for (Object m : e.getErrorCollector().getErrors()) {
            if (!(m instanceof SyntaxErrorMessage)) return null;
            int line = ((SyntaxErrorMessage) m).getCause().getLine() - 1;
            String text = ((SyntaxErrorMessage) m).getCause().getMessage();
            if (!text.contains("unable to resolve class") || line < 0 || line >= lines.length || !lines[line].trim().startsWith("import")) continue;
            lines[line] = "";
            changed = true;
        }
        return changed ? String.join("\n", lines) : null;
    }

    static void run(Class<?> type, String function, Map<?, ?> input, Map<String, Object> result) {
        MessageLogFactory logs = new MessageLogFactory();
        Message message = new Message();
        try {
            world(input);
            fill(message, input);
            Object target = type.getDeclaredConstructor().newInstance();
            if (target instanceof Script) {
                Binding binding = new Binding();
                binding.setVariable("messageLogFactory", logs);
                ((Script) target).setBinding(binding);
            }
            Object returned = org.codehaus.groovy.runtime.InvokerHelper.invokeMethod(target, function, new Object[] { message });
            result.put("returned", returned instanceof Message ? "message" : cut(String.valueOf(returned)));
            result.put("returned_type", returned == null ? "null" : returned.getClass().getName());
            if (returned instanceof Message) message = (Message) returned;
            result.put("phase", "ok");
        } catch (Throwable t) {
            Throwable e = t;
            while (e instanceof org.codehaus.groovy.runtime.InvokerInvocationException && e.getCause() != null) e = e.getCause();
            result.put("phase", "threw");
            result.put("error", failure(e));
        }
        try {
            describe(message, logs.getMessageLog(message), result);
        } catch (Throwable t) {
            result.put("phase", "threw");
            result.put("error", failure(t));
        }
    }

    @SuppressWarnings("unchecked")
    static void world(Map<?, ?> input) {
        World.credentials = (Map<String, Map<String, String>>) (Map<?, ?>) or(input.get("credentials"), Collections.emptyMap());
        World.drawn.clear();
        World.entries.clear();
        World.mappings = (List<List<String>>) (List<?>) or(input.get("mappings"), Collections.emptyList());
    }

    static Object or(Object value, Object fallback) { return value == null ? fallback : value; }

    static void fill(Message message, Map<?, ?> input) throws Exception {
        Map<?, ?> body = (Map<?, ?>) input.get("body");
        String text = (String) body.get("text");
        switch ((String) body.get("kind")) {
            case "null": break;
            case "string": message.setBody(text); break;
            case "bytes": message.setBody(text.getBytes(StandardCharsets.UTF_8)); break;
            default: message.setBody(new org.apache.camel.converter.stream.InputStreamCache(text.getBytes(StandardCharsets.UTF_8)));
        }
        message.setHeader("SAP_MessageProcessingLogID", "AG-oracle-0001");
        message.setProperty("SAP_MessageProcessingLogID", "AG-oracle-0001");
        for (Map.Entry<?, ?> e : ((Map<?, ?>) input.get("headers")).entrySet()) message.setHeader((String) e.getKey(), e.getValue());
        for (Map.Entry<?, ?> e : ((Map<?, ?>) input.get("properties")).entrySet()) message.setProperty((String) e.getKey(), e.getValue());
        String exception = (String) input.get("exception");
        if (exception != null) message.setProperty("CamelExceptionCaught", new Exception(exception));
        for (Object a : (List<?>) or(input.get("attachments"), Collections.emptyList())) {
            List<?> parts = (List<?>) a;
            javax.mail.util.ByteArrayDataSource source = new javax.mail.util.ByteArrayDataSource((String) parts.get(2), (String) parts.get(1));
            source.setName((String) parts.get(0));
            message.getAttachments().put((String) parts.get(0), new javax.activation.DataHandler(source));
        }
    }

    static Map<String, Object> failure(Throwable t) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("class", t.getClass().getName());
        error.put("message", cut(t.getMessage()));
        int line = 0;
        for (StackTraceElement frame : t.getStackTrace()) {
            if ("Script1.groovy".equals(frame.getFileName())) {
                line = frame.getLineNumber();
                break;
            }
        }
        error.put("line", line);
        return error;
    }

    static String cut(String s) { return s == null || s.length() <= LONGEST ? s : s.substring(0, LONGEST); }

    static void describe(Message message, MessageLog log, Map<String, Object> result) throws Exception {
        result.put("body", value(message.getBody()));
        result.put("headers", values(message.getHeaders()));
        result.put("properties", values(message.getProperties()));
        Map<String, Object> attachments = new LinkedHashMap<>();
        for (Map.Entry<String, javax.activation.DataHandler> e : message.getAttachments().entrySet()) {
            attachments.put(String.valueOf((Object) e.getKey()), Arrays.asList(String.valueOf(e.getValue().getContentType()), cut(Convert.text(e.getValue().getInputStream()))));
        }
        result.put("attachments", attachments);
        result.put("log_headers", log.headers);
        result.put("log_attachments", log.attachments);
        result.put("log_properties", log.properties);
    }

    static Map<String, Object> values(Map<String, Object> map) throws Exception {
        Map<String, Object> all = new TreeMap<>();
        for (Map.Entry<String, Object> e : map.entrySet()) all.put(String.valueOf((Object) e.getKey()), value(e.getValue()));
        return all;
    }

    static Map<String, Object> value(Object v) throws Exception {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("type", v == null ? "null" : v.getClass().getName());
        one.put("text", v == null ? null : v instanceof Date ? java.time.format.DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(java.time.ZoneOffset.UTC).format(((Date) v).toInstant()) : cut(Convert.text(v)));
        return one;
    }
}
