package com.sap.it.api;
public interface ITApi { }

package com.sap.it.api;
public class ITApiFactory {
    public static <T> T getApi(Class<T> type, Object context) { return oracle.World.api(type); }
    public static <T> T getService(Class<T> type, Object context) { return oracle.World.api(type); }
}

package com.sap.it.api;
public class ITApiHandler { }

package com.sap.it.api.exception;
public class InvalidContextException extends Exception {
    public InvalidContextException(String message) { super(message); }
}

package com.sap.it.api.securestore;
public interface SecureStoreService extends com.sap.it.api.ITApi {
    UserCredential getUserCredential(Object alias) throws com.sap.it.api.securestore.exception.SecureStoreException;
}

package com.sap.it.api.securestore;
public interface UserCredential {
    String getUsername();
    char[] getPassword();
    java.util.Map<String, String> getCredentialProperties();
}

package com.sap.it.api.securestore;
public interface AccessTokenAndUser {
    String getAccessToken();
    String getUser();
}

package com.sap.it.api.securestore.exception;
public class SecureStoreException extends Exception {
    public SecureStoreException(String message) { super(message); }
    public SecureStoreException(String message, Throwable cause) { super(message, cause); }
}

package com.sap.it.api.keystore;
public interface KeystoreService extends com.sap.it.api.ITApi {
    java.security.Key getKey(String alias) throws com.sap.it.api.keystore.exception.KeystoreException;
    java.security.cert.Certificate getCertificate(String alias) throws com.sap.it.api.keystore.exception.KeystoreException;
    java.security.KeyPair getKeyPair(String alias) throws com.sap.it.api.keystore.exception.KeystoreException;
}

package com.sap.it.api.keystore.exception;
public class KeystoreException extends Exception {
    public KeystoreException(String message) { super(message); }
}

package com.sap.it.api.mapping;
public interface ValueMappingApi extends com.sap.it.api.ITApi {
    String getMappedValue(Object sourceAgency, Object sourceIdentifier, Object value, Object targetAgency, Object targetIdentifier);
}

package com.sap.it.api.mapping;
/** The context of a mapping function: headers and properties. */
public class MappingContext {
    private final com.sap.gateway.ip.core.customdev.util.Message message;
    public MappingContext(com.sap.gateway.ip.core.customdev.util.Message message) { this.message = message; }
    public Object getHeader(String name) { return message.getHeaders().get(name); }
    public Object getProperty(String name) { return message.getProperty(name); }
    public void setHeader(String name, String value) { message.setHeader(name, value); }
    public void setProperty(String name, String value) { message.setProperty(name, value); }
}

package com.sap.it.api.mapping;
/** The output of a queue function. */
public class Output {
    public final java.util.List<String> values = new java.util.ArrayList<>();
    public void addValue(String value) { values.add(value); }
    public void addContextChange() { values.add("\u0001context"); }
    public void addSuppress() { values.add("\u0001suppress"); }
    public boolean isSuppress(String value) { return "\u0001suppress".equals(value); }
    public boolean isContextChange(String value) { return "\u0001context".equals(value); }
}

package com.sap.it.api.mapping;
public interface CloneFunctionContext { }

package com.sap.it.api.pd;
public interface PartnerDirectoryService extends com.sap.it.api.ITApi {
    <T> T getParameter(Object id, Object partnerId, Class<T> type);
    String getPartnerId(Object agency, Object scheme, Object alternativeId);
    String getAlternativePartnerId(Object agency, Object scheme, Object partnerId);
    String getPartnerIdOfAuthorizedUser(Object user);
    java.util.List<String> getAuthorizedUsers(String partnerId);
}

package com.sap.it.api.pd;
public class BinaryData {
    private final byte[] data;
    private final String type;
    public BinaryData(byte[] data, String type) { this.data = data; this.type = type; }
    public byte[] getData() { return data; }
    public String getContentType() { return type; }
}

package com.sap.it.api.pd.exception;
public class PartnerDirectoryException extends RuntimeException {
    public PartnerDirectoryException(String message) { super(message); }
}

package com.sap.it.api.nrc;
public interface NumberRangeConfigurationService extends com.sap.it.api.ITApi {
    String getNextValuefromNumberRange(Object name, Object extra);
}

package com.sap.it.api.nrc.exception;
public class NumberRangeConfigException extends Exception {
    public NumberRangeConfigException(String message) { super(message); }
}

package com.sap.it.api.asdk.datastore;
public class DataBean {
    private byte[] data;
    private java.util.Map<String, Object> headers = new java.util.HashMap<>();
    public byte[] getDataAsArray() { return data; }
    public void setDataAsArray(byte[] data) { this.data = data; }
    public java.util.Map<String, Object> getHeaders() { return headers; }
    public void setHeaders(java.util.Map<String, Object> headers) { this.headers = headers; }
}

package com.sap.it.api.asdk.datastore;
public class DataConfig {
    private String store, id;
    public String getStoreName() { return store; }
    public String getId() { return id; }
    public void setStoreName(String name) { store = name; }
    public void setId(String id) { this.id = id; }
    public void setOverwrite(boolean overwrite) { }
    public void setEncrypt(boolean encrypt) { }
}

package com.sap.it.api.asdk.datastore;
public interface DataStoreService {
    DataBean get(String store, String id);
    Object put(DataBean bean, DataConfig config);
}

package com.sap.it.api.asdk.runtime;
public class Factory {
    private final Class<?> type;
    public Factory(Class<?> type) { this.type = type; }
    public Object getService() { return oracle.World.api(type); }
}

package org.slf4j;
public class LoggerFactory {
    public static Logger getLogger(String name) { return new Logger(name); }
    public static Logger getLogger(Class<?> type) { return new Logger(type.getName()); }
}

package org.slf4j;
public class Logger {
    private final String name;
    public Logger(String name) { this.name = name; }
    public String getName() { return name; }
    public void trace(String text, Object... more) { }
    public void debug(String text, Object... more) { }
    public void info(String text, Object... more) { }
    public void warn(String text, Object... more) { }
    public void error(String text, Object... more) { }
    public boolean isDebugEnabled() { return false; }
    public boolean isTraceEnabled() { return false; }
    public boolean isInfoEnabled() { return true; }
    public boolean isWarnEnabled() { return true; }
    public boolean isErrorEnabled() { return true; }
}

package org.apache.commons.lang;
public class StringEscapeUtils {
    public static String escapeXml(String s) { return escape(s); }
    public static String escapeHtml(String s) { return escape(s).replace("&apos;", "'"); }
    public static String unescapeXml(String s) {
        return s == null ? null : s.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&");
    }
    private static String escape(String s) {
        if (s == null) return null;
        StringBuilder b = new StringBuilder();
        for (char c : s.toCharArray()) {
            switch (c) {
                case '&': b.append("&amp;"); break;
                case '<': b.append("&lt;"); break;
                case '>': b.append("&gt;"); break;
                case '"': b.append("&quot;"); break;
                case '\'': b.append("&apos;"); break;
                default: if (c > 0x7f) b.append("&#").append((int) c).append(';'); else b.append(c);
            }
        }
        return b.toString();
    }
}
