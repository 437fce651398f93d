// Java's packages, exceptions and the message log, for scripts that name them (see prelude.js).
(function (prelude) {
  "use strict";
  const { native, NAME, nameOf, text, asBytes, fromUtf8, javaMap, pairsOf, log, leave, Attachment } = prelude;
  class JavaError extends Error {
    constructor(message) { super(message === undefined || message === null ? "" : String(message)); }
    getMessage() { return this.message; }
    getLocalizedMessage() { return this.message; }
    getCause() { return null; }
    getStackTrace() { return []; }
    printStackTrace() {}
    getClass() {
      const name = this.javaClass ?? "java.lang.Exception";
      return { getName: () => name, getCanonicalName: () => name, getSimpleName: () => name.split(".").pop() };
    }
    toString() { return this.message; }
  }
  // The failure of an HTTP call, with the receiver's answer.
  class AhcOperationFailedException extends JavaError {
    constructor(message, status, reason, body) {
      super(message);
      Object.assign(this, { statusCode: status, statusText: reason, responseBody: body });
      this.javaClass = "org.apache.camel.component.ahc.AhcOperationFailedException";
    }
    getStatusCode() { return this.statusCode; }
    getStatusText() { return this.statusText; }
    getResponseBody() { return this.responseBody; }
    getResponseHeaders() { return javaMap([]); }
  }
  const exceptionOf = (parts) => (parts.length > 1 ? new AhcOperationFailedException(...parts) : new JavaError(parts[0]));

  // What of the message log a script may fill.
  class MessageLog {
    addAttachmentAsString(name, content, type) {
      leave().log.push(text(name), text(type ?? "text/plain"), text(content ?? ""));
    }
    addCustomHeaderProperty(name, v) { leave().custom.push(text(name), text(v ?? "")); }
    setStringProperty(name, v) { leave().logged.set(text(name), text(v ?? "")); }
    setIntegerProperty(name, v) { this.setStringProperty(name, v); }
    setLongProperty(name, v) { this.setStringProperty(name, v); }
    setBooleanProperty(name, v) { this.setStringProperty(name, v); }
    setFloatProperty(name, v) { this.setStringProperty(name, v); }
    setDoubleProperty(name, v) { this.setStringProperty(name, v); }
    setDateProperty(name, v) { this.setStringProperty(name, v); }
  }

  // Known classes are stand-ins, all other names may be mentioned but not used.
  class StringBuilder {
    constructor(start) { this.parts = start === undefined || typeof start === "number" ? "" : String(start); }
    append(v) { this.parts += v; return this; }
    length() { return this.parts.length; }
    toString() { return this.parts; }
  }
  const known = {};
  const define = (name, value) => {
    Object.defineProperties(value, { [NAME]: { value: name }, class: { value }, getName: { value: () => name } });
    known[name] = Object.freeze(value);
  };
  const makes = (f) => function (...args) {
    const made = f(...args);
    return new.target ? Object(made) : made;
  };
  define("java.lang.String", Object.assign(makes((v) => (asBytes(v) ? fromUtf8(asBytes(v)) : Array.isArray(v) ? v.join("") : String(v ?? ""))), {
    valueOf: (v) => String(v),
  }));
  define("java.io.Reader", {});
  define("java.io.InputStream", {});
  define("java.lang.StringBuilder", StringBuilder);
  define("java.lang.StringBuffer", class extends StringBuilder {});
  for (const name of ["Exception", "RuntimeException", "IllegalArgumentException", "IllegalStateException"]) {
    define("java.lang." + name, class extends JavaError {});
  }
  define("java.lang.Integer", { parseInt: (v) => parseInt(v, 10), valueOf: (v) => parseInt(v, 10) });
  define("java.lang.Long", { parseLong: (v) => parseInt(v, 10), valueOf: (v) => parseInt(v, 10) });
  define("java.lang.Double", { parseDouble: Number, valueOf: Number });
  define("java.lang.Boolean", { parseBoolean: (v) => String(v).toLowerCase() === "true", valueOf: (v) => String(v).toLowerCase() === "true" });
  define("java.lang.System", { currentTimeMillis: () => Date.now(), out: Object.freeze({ println: log, print: log }), err: Object.freeze({ println: log, print: log }) });
  define("java.util.HashMap", makes((other) => javaMap(pairsOf(other))));
  define("java.util.LinkedHashMap", makes((other) => javaMap(pairsOf(other))));
  define("java.util.TreeMap", makes((other) => javaMap(pairsOf(other))));
  define("java.util.ArrayList", makes((other) => (typeof other === "object" && other ? Array.from(other) : [])));
  define("com.sap.gateway.ip.core.customdev.util.Message", {});
  define("com.sap.it.api.securestore.SecureStoreService", {});
  define("com.sap.it.api.mapping.ValueMappingApi", {});
  define("com.sap.it.api.pd.PartnerDirectoryService", {});
  // One object for data handlers, data sources and what wraps them, as for attachments that came.
  const part = makes((content, type) => (content instanceof Attachment ? content : new Attachment("", text(type ?? "text/plain"), asBytes(content) ? fromUtf8(asBytes(content)) : text(content ?? ""))));
  for (const name of ["javax.activation.DataHandler", "javax.mail.util.ByteArrayDataSource", "org.apache.camel.impl.DefaultAttachment"]) {
    define(name, function (...args) { return part(...args); });
  }
  define("com.sap.it.api.ITApiFactory", { getApi: service, getService: service });

  function service(cls) {
    const name = nameOf(cls).split(".").pop();
    if (name === "SecureStoreService") {
      return {
        getUserCredential(alias) {
          const found = native.secret(String(alias));
          if (!found) throw new JavaError(`the secret '${alias}' is not set`);
          return { getUsername: () => found[0], getPassword: () => found[1] };
        },
      };
    }
    if (name === "ValueMappingApi") {
      return { getMappedValue: (...five) => native.map(five.map((v) => String(v ?? ""))) ?? null };
    }
    if (name === "PartnerDirectoryService") {
      const ask = (method) => (...words) => native.partner([method, ...words.map((v) => nameOf(v) || String(v ?? ""))]) ?? null;
      const names = ["getParameter", "getPartnerId", "getAlternativePartnerId", "getPartnerIdOfAuthorizedUser"];
      return Object.fromEntries(names.map((n) => [n, ask(n)]));
    }
    throw new JavaError(`the service ${name || cls} is not available to scripts`);
  }

  const packs = new Map();
  function pack(path) {
    let found = packs.get(path);
    if (found !== undefined) return found;
    found = packOf(path);
    if (packs.size < 256) packs.set(path, found);
    return found;
  }
  function packOf(path) {
    const refuse = () => { throw new TypeError(`the Java class ${path} is not available to JavaScript`); };
    return new Proxy(function () {}, {
      get(_, p, self) {
        if (p === NAME) return path;
        if (p === Symbol.toPrimitive || p === "toString") return () => path;
        if (typeof p === "symbol") return undefined;
        if (p === "class") return self;
        const full = path ? path + "." + p : p;
        return known[full] ?? pack(full);
      },
      set: refuse,
      apply: refuse,
      construct: refuse,
    });
  }

  const importClass = (...classes) => {
    for (const cls of classes) {
      const short = nameOf(cls).split(".").pop();
      if (short && !(short in globalThis)) globalThis[short] = cls;
    }
  };
  const importPackage = (...packages) => {
    for (const p of packages) {
      const prefix = nameOf(p) + ".";
      importClass(...Object.keys(known).filter((n) => n.startsWith(prefix) && !n.slice(prefix.length).includes(".")).map((n) => known[n]));
    }
  };
  return {
    classOfTexts: known["java.lang.String"],
    exceptionOf,
    globals: {
      messageLogFactory: { getMessageLog: () => new MessageLog() },
      java: pack("java"), javax: pack("javax"), com: pack("com"), org: pack("org"), Packages: pack(""),
      importClass, importPackage,
      Java: { type: (name) => known[name] ?? pack(text(name)), from: (list) => Array.from(list), to: (list) => Array.from(list) },
      ITApiFactory: known["com.sap.it.api.ITApiFactory"],
      SecureStoreService: known["com.sap.it.api.securestore.SecureStoreService"],
      ValueMappingApi: known["com.sap.it.api.mapping.ValueMappingApi"],
      PartnerDirectoryService: known["com.sap.it.api.pd.PartnerDirectoryService"],
    },
  };
})
