package com.sap.gateway.ip.core.customdev.util;
/** What a script step gets. Our stand-in for SAP's class, with what its documentation lists. */
public class Message {
    private Object body;
    private java.util.Map<String, Object> headers = new java.util.TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private java.util.Map<String, Object> properties = new java.util.HashMap<>();
    private java.util.Map<String, javax.activation.DataHandler> attachments = new java.util.LinkedHashMap<>();
    private java.util.List<Object> soapHeaders = new java.util.ArrayList<>();
    public Object getBody() { return body; }
    public <T> T getBody(Class<T> type) { return oracle.Convert.to(body, type); }
    public Object getBody(String className) throws Exception { return oracle.Convert.to(body, Class.forName(className)); }
    public void setBody(Object body) { this.body = body; }
    public long getBodySize() { byte[] b = oracle.Convert.to(body, byte[].class); return b == null ? 0 : b.length; }
    public java.util.Map<String, Object> getHeaders() { return headers; }
    public <T> T getHeader(String name, Class<T> type) { return oracle.Convert.to(headers.get(name), type); }
    public void setHeader(String name, Object value) { headers.put(name, value); }
    public void setHeaders(java.util.Map<String, Object> map) {
        java.util.Map<String, Object> copy = new java.util.TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        copy.putAll(map);
        headers = copy;
    }
    public java.util.Map<String, Object> getProperties() { return properties; }
    public Object getProperty(String name) { return properties.get(name); }
    public void setProperty(String name, Object value) { properties.put(name, value); }
    public void setProperties(java.util.Map<String, Object> map) { properties = new java.util.HashMap<>(map); }
    public java.util.Map<String, javax.activation.DataHandler> getAttachments() { return attachments; }
    public void setAttachments(java.util.Map<String, javax.activation.DataHandler> map) { attachments = map; }
    public void addAttachmentObject(String name, org.apache.camel.impl.DefaultAttachment a) { attachments.put(name, a.getDataHandler()); }
    public void addAttachmentObject(String name, javax.activation.DataHandler handler) { attachments.put(name, handler); }
    public void addAttachmentHeader(String name, String header, String value) { }
    public java.util.Map<String, AttachmentWrapper> getAttachmentWrapperObjects() {
        java.util.Map<String, AttachmentWrapper> all = new java.util.LinkedHashMap<>();
        for (java.util.Map.Entry<String, javax.activation.DataHandler> e : attachments.entrySet()) all.put(e.getKey(), new AttachmentWrapper(e.getValue()));
        return all;
    }
    public void setAttachmentWrapperObjects(java.util.Map<String, AttachmentWrapper> map) {
        attachments = new java.util.LinkedHashMap<>();
        for (java.util.Map.Entry<String, AttachmentWrapper> e : map.entrySet()) attachments.put(e.getKey(), e.getValue().getDataHandler());
    }
    public long getAttachmentsSize() { return attachments.size(); }
    public java.util.List<Object> getSoapHeaders() { return soapHeaders; }
    public void setSoapHeaders(java.util.List<Object> list) { soapHeaders = list; }
    public void clearSoapHeaders() { soapHeaders.clear(); }
    public String getCurrentStepName() { return "Script"; }
    public org.apache.camel.Exchange getExchange() { return new org.apache.camel.Exchange(this); }
}

package com.sap.gateway.ip.core.customdev.util;
public class AttachmentWrapper {
    private final javax.activation.DataHandler handler;
    public AttachmentWrapper(javax.activation.DataHandler handler) { this.handler = handler; }
    public javax.activation.DataHandler getDataHandler() { return handler; }
}

package com.sap.it.api.msglog;
public class MessageLogFactory {
    private final MessageLog log = new MessageLog();
    public MessageLog getMessageLog(com.sap.gateway.ip.core.customdev.util.Message message) { return log; }
}

package com.sap.it.api.msglog;
public class MessageLog {
    public final java.util.List<java.util.List<String>> headers = new java.util.ArrayList<>();
    public final java.util.List<java.util.List<String>> attachments = new java.util.ArrayList<>();
    public final java.util.List<java.util.List<String>> properties = new java.util.ArrayList<>();
    private void property(String name, Object value) { properties.add(java.util.Arrays.asList(name, String.valueOf(value))); }
    // Texts are taken of any object, as ours does: what SAP's refuses here says nothing about the language.
    public void addAttachmentAsString(Object name, Object text, Object mediaType) { attachments.add(java.util.Arrays.asList(text(name), text(mediaType), text(text))); }
    public void addCustomHeaderProperty(Object name, Object value) { headers.add(java.util.Arrays.asList(text(name), text(value))); }
    private static String text(Object o) {
        try {
            return o == null ? null : oracle.Convert.text(o);
        } catch (java.io.IOException e) {
            return null;
        }
    }
    public void setStringProperty(String name, Object value) { property(name, value); }
    public void setBooleanProperty(String name, Boolean value) { property(name, value); }
    public void setIntegerProperty(String name, Integer value) { property(name, value); }
    public void setLongProperty(String name, Long value) { property(name, value); }
    public void setFloatProperty(String name, Float value) { property(name, value); }
    public void setDoubleProperty(String name, Double value) { property(name, value); }
    public void setDateProperty(String name, java.util.Date value) { property(name, value); }
}

package javax.activation;
public interface DataSource {
    java.io.InputStream getInputStream() throws java.io.IOException;
    String getContentType();
    String getName();
}

package javax.activation;
public class DataHandler {
    private final DataSource source;
    private final Object object;
    private final String type;
    public DataHandler(DataSource source) { this.source = source; this.object = null; this.type = source.getContentType(); }
    public DataHandler(Object object, String type) { this.source = null; this.object = object; this.type = type; }
    public DataSource getDataSource() { return source; }
    public String getContentType() { return type; }
    public String getName() { return source == null ? null : source.getName(); }
    public Object getContent() throws java.io.IOException {
        if (source == null) return object;
        return type != null && type.startsWith("text/plain") ? (Object) new String(source.getInputStream().readAllBytes(), "UTF-8") : source.getInputStream();
    }
    public java.io.InputStream getInputStream() throws java.io.IOException {
        return source == null ? oracle.Convert.to(object, java.io.InputStream.class) : source.getInputStream();
    }
    public void writeTo(java.io.OutputStream out) throws java.io.IOException { getInputStream().transferTo(out); }
}

package javax.mail.util;
public class ByteArrayDataSource implements javax.activation.DataSource {
    private final byte[] bytes;
    private final String type;
    private String name = "";
    public ByteArrayDataSource(byte[] bytes, String type) { this.bytes = bytes; this.type = type; }
    public ByteArrayDataSource(String text, String type) throws java.io.IOException { this(text.getBytes("UTF-8"), type); }
    public ByteArrayDataSource(java.io.InputStream in, String type) throws java.io.IOException { this(in.readAllBytes(), type); }
    public java.io.InputStream getInputStream() { return new java.io.ByteArrayInputStream(bytes); }
    public String getContentType() { return type; }
    public String getName() { return name; }
    public void setName(String name) { this.name = name; }
}

package org.apache.camel.impl;
public class DefaultAttachment {
    private final javax.activation.DataHandler handler;
    public DefaultAttachment(javax.activation.DataHandler handler) { this.handler = handler; }
    public DefaultAttachment(javax.activation.DataSource source) { this.handler = new javax.activation.DataHandler(source); }
    public javax.activation.DataHandler getDataHandler() { return handler; }
    public void addHeader(String name, String value) { }
    public void setHeader(String name, String value) { }
}

package org.apache.camel;
/** Scripts see an interface here; a class does as well. */
public class Exchange {
    public static final String EXCEPTION_CAUGHT = "CamelExceptionCaught";
    public static final String HTTP_RESPONSE_CODE = "CamelHttpResponseCode";
    public static final String HTTP_METHOD = "CamelHttpMethod";
    public static final String HTTP_QUERY = "CamelHttpQuery";
    public static final String HTTP_PATH = "CamelHttpPath";
    public static final String CONTENT_TYPE = "Content-Type";
    public static final String CHARSET_NAME = "CamelCharsetName";
    public static final String FILE_NAME = "CamelFileName";
    private final com.sap.gateway.ip.core.customdev.util.Message message;
    public Exchange(com.sap.gateway.ip.core.customdev.util.Message message) { this.message = message; }
    public Object getProperty(String name) { return message.getProperty(name); }
    public Object getProperty(String name, Object fallback) { Object v = message.getProperty(name); return v == null ? fallback : v; }
    public void setProperty(String name, Object value) { message.setProperty(name, value); }
    public java.util.Map<String, Object> getProperties() { return message.getProperties(); }
    public com.sap.gateway.ip.core.customdev.util.Message getIn() { return message; }
    public String getExchangeId() { return "ID-oracle-1"; }
    public Context getContext() { return new Context(); }
    public static class Context {
        public String getName() { return "oracle"; }
    }
}

package org.apache.camel.converter.stream;
/** The body of a message that came from a channel: a stream that can be read again. */
public class InputStreamCache extends java.io.ByteArrayInputStream {
    public InputStreamCache(byte[] bytes) { super(bytes); }
}

package org.apache.camel.component.ahc;
public class AhcOperationFailedException extends Exception {
    private final String url, statusText, body;
    private final int status;
    public AhcOperationFailedException(String url, int status, String statusText, String body) {
        super("HTTP operation failed invoking " + url + " with statusCode: " + status);
        this.url = url; this.status = status; this.statusText = statusText; this.body = body;
    }
    public String getUrl() { return url; }
    public int getStatusCode() { return status; }
    public String getStatusText() { return statusText; }
    public String getResponseBody() { return body; }
}
