// The script API of a message as SAP's scripts know it, in JavaScript. Evaluated once per context with the host's
// functions; gives back the function that runs one call. Nothing but strings crosses the border (see wire.rs).
(function (native) {
  "use strict";
  const text = (v) => String(v).toWellFormed();

  // Bytes cross as strings of characters below 256.
  const toLatin1 = (bytes) => {
    let out = "";
    for (let i = 0; i < bytes.length; i += 4096) out += String.fromCharCode.apply(null, bytes.subarray(i, i + 4096));
    return out;
  };
  const fromLatin1 = (latin1) => {
    const bytes = new Uint8Array(latin1.length);
    for (let i = 0; i < latin1.length; i++) bytes[i] = latin1.charCodeAt(i);
    return bytes;
  };
  const asBytes = (v) => {
    if (v instanceof ArrayBuffer) return new Uint8Array(v);
    if (ArrayBuffer.isView(v)) return new Uint8Array(v.buffer, v.byteOffset, v.byteLength);
    return null;
  };
  const utf8 = (s) => fromLatin1(native.encode(text(s)));
  const fromUtf8 = (bytes) => native.decode(toLatin1(bytes));

  // ---- Java's maps: methods, properties and loops all work on the same entries.
  const maps = new WeakMap();
  const entryOf = (k, v) => Object.assign([k, v], { getKey: () => k, getValue: () => v, key: k, value: v });

  // What a map holds: entries by name, how names are compared, and what a missing name gives.
  class Items {
    constructor(fold, missing) {
      this.all = new Map();
      this.fold = fold;
      this.missing = missing;
      this.bound = { __proto__: null };
    }
    id(k) { return this.fold ? String(k).toLowerCase() : String(k); }
    get(k) {
      const item = this.all.get(this.id(k));
      return item !== undefined ? item[1] : this.missing(String(k));
    }
    put(k, v) {
      const id = this.id(k);
      const old = this.all.get(id);
      this.all.set(id, [old ? old[0] : String(k), v === undefined ? null : v]);
      return old ? old[1] : null;
    }
    remove(k) {
      const id = this.id(k);
      const old = this.all.get(id);
      this.all.delete(id);
      return old ? old[1] : null;
    }
    list() { return Array.from(this.all.values(), (item) => entryOf(item[0], item[1])); }
  }
  const METHODS = {
    __proto__: null,
    get: (items, k) => items.get(k),
    put: (items, k, v) => items.put(k, v),
    set: (items, k, v) => items.put(k, v),
    remove: (items, k) => items.remove(k),
    delete: (items, k) => items.remove(k),
    has: (items, k) => items.all.has(items.id(k)),
    containsKey: (items, k) => items.all.has(items.id(k)),
    containsValue: (items, v) => items.list().some((e) => e[1] === v),
    getOrDefault: (items, k, other) => (items.all.has(items.id(k)) ? items.get(k) : other),
    putIfAbsent: (items, k, v) => (items.all.has(items.id(k)) ? items.get(k) : (items.put(k, v), null)),
    putAll: (items, other) => pairsOf(other).forEach(([k, v]) => items.put(k, v)),
    keySet: (items) => items.list().map((e) => e[0]),
    keys: (items) => items.list().map((e) => e[0]),
    values: (items) => items.list().map((e) => e[1]),
    entrySet: (items) => items.list(),
    entries: (items) => items.list(),
    size: (items) => items.all.size,
    isEmpty: (items) => items.all.size === 0,
    clear: (items) => items.all.clear(),
    forEach: (items, f) => items.list().forEach(([k, v]) => f(k, v)),
    toString: (items) => "{" + items.list().map(([k, v]) => k + "=" + v).join(", ") + "}",
    [Symbol.iterator]: (items) => items.list()[Symbol.iterator](),
  };
  // A method is bound when it is asked for first: most are never.
  const ITEMS = Symbol("items");
  const TRAPS = {
    get({ [ITEMS]: items }, p) {
      const method = METHODS[p];
      if (method !== undefined) return (items.bound[p] ??= (...args) => method(items, ...args));
      return typeof p === "symbol" ? undefined : items.get(p) ?? undefined;
    },
    set: ({ [ITEMS]: items }, p, v) => (typeof p === "symbol" ? false : (items.put(p, v), true)),
    has: ({ [ITEMS]: items }, p) => typeof p === "string" && (items.all.has(items.id(p)) || METHODS[p] !== undefined),
    deleteProperty: ({ [ITEMS]: items }, p) => (items.remove(p), true),
    ownKeys: ({ [ITEMS]: items }) => items.list().map((e) => e[0]),
    getOwnPropertyDescriptor: ({ [ITEMS]: items }, p) =>
      typeof p === "string" && items.all.has(items.id(p))
        ? { value: items.get(p), enumerable: true, configurable: true, writable: true }
        : undefined,
  };

  function javaMap(pairs, fold = false, missing = () => null) {
    const items = new Items(fold, missing);
    const proxy = new Proxy({ [ITEMS]: items }, TRAPS);
    maps.set(proxy, items);
    for (let i = 0; i < pairs.length; i++) items.put(pairs[i][0], pairs[i][1]);
    return proxy;
  }

  // The entries of anything like a map.
  function pairsOf(v) {
    if (v === null || v === undefined) return [];
    if (maps.has(v)) return maps.get(v).list();
    if (v instanceof Map) return Array.from(v);
    return Object.entries(v);
  }

  // Java's methods on lists and texts.
  const extend = (proto, methods) => {
    for (const [name, value] of Object.entries(methods)) {
      Object.defineProperty(proto, name, { value, writable: true, configurable: true, enumerable: false });
    }
  };
  extend(Array.prototype, {
    size() { return this.length; },
    get(i) { return this[i]; },
    add(v) { this.push(v); return true; },
    addAll(all) { for (const v of all) this.push(v); return true; },
    contains(v) { return this.includes(v); },
    isEmpty() { return this.length === 0; },
    toArray() { return this.slice(); },
    iterator() {
      let i = 0;
      return { hasNext: () => i < this.length, next: () => this[i++] };
    },
  });
  extend(String.prototype, {
    equals(other) { return this.valueOf() === (other === null || other === undefined ? other : String(other)); },
    equalsIgnoreCase(other) { return this.toLowerCase() === String(other).toLowerCase(); },
    contains(part) { return this.includes(String(part)); },
    isEmpty() { return this.length === 0; },
    getBytes() { return utf8(this); },
    getClass() { return known["java.lang.String"]; },
  });

  // ---- Values to and from the wire.
  function decode(v) {
    if (v === null || typeof v !== "object") return v;
    if (Array.isArray(v)) return v.map(decode);
    if (v.m) return javaMap(v.m.map(([k, x]) => [k, decode(x)]));
    if (v.b !== undefined) return fromLatin1(v.b);
    return v.i !== undefined ? BigInt(v.i) : Number(v.f);
  }

  function encode(v, what, name, depth = 0) {
    if (typeof v === "string") return v.toWellFormed();
    if (depth > 32) throw new TypeError(`the value of ${what} '${name}' is nested too deeply or contains itself`);
    if (v === null || v === undefined) return null;
    switch (typeof v) {
      case "boolean": return v;
      case "number": return Number.isFinite(v) ? v : { f: String(v) };
      case "bigint": return { i: String(v) };
      case "object": break;
      default: return text(v);
    }
    const inner = (x) => encode(x, what, name, depth + 1);
    const pairs = (entries) => ({ m: entries.map(([k, x]) => [text(k), inner(x)]) });
    if (maps.has(v) || v instanceof Map) return pairs(pairsOf(v));
    if (Array.isArray(v) || v instanceof Set) return Array.from(v, inner);
    const bytes = asBytes(v);
    if (bytes) return { b: toLatin1(bytes) };
    if (v instanceof String || v instanceof Number || v instanceof Boolean) return inner(v.valueOf());
    if (v instanceof Date) return isNaN(v) ? null : v.toISOString();
    if (v.toString !== Object.prototype.toString) return text(v);
    return pairs(Object.entries(v));
  }

  // What setBody takes: nothing, text, bytes; plain objects and lists become JSON, all else its text.
  function bodyOf(v) {
    if (v === null || v === undefined) return ["t", ""];
    const bytes = asBytes(v);
    if (bytes) return ["b", toLatin1(bytes)];
    const plain = typeof v === "object" && (Array.isArray(v) || v.toString === Object.prototype.toString);
    return ["t", plain ? text(JSON.stringify(v)) : text(v)];
  }

  // ---- Java's packages: known classes are stand-ins, all other names may be mentioned but not used.
  class StringBuilder {
    constructor(start) { this.parts = start === undefined || typeof start === "number" ? "" : String(start); }
    append(v) { this.parts += v; return this; }
    length() { return this.parts.length; }
    toString() { return this.parts; }
  }
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
    constructor(message, [status, reason, body]) {
      super(message);
      Object.assign(this, { statusCode: status, statusText: reason, responseBody: body });
      this.javaClass = "org.apache.camel.component.ahc.AhcOperationFailedException";
    }
    getStatusCode() { return this.statusCode; }
    getStatusText() { return this.statusText; }
    getResponseBody() { return this.responseBody; }
    getResponseHeaders() { return javaMap([]); }
  }
  const log = (...all) => native.log(all.map(String).join(" "));
  const NAME = Symbol("class");
  const known = {};
  const define = (name, value) => {
    Object.defineProperties(value, { [NAME]: { value: name }, class: { value }, getName: { value: () => name } });
    known[name] = value;
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
  define("java.lang.System", { currentTimeMillis: () => Date.now(), out: { println: log, print: log }, err: { println: log, print: log } });
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

  function nameOf(cls) {
    if (typeof cls === "string") return cls;
    if (cls === null || (typeof cls !== "object" && typeof cls !== "function")) return "";
    return cls[NAME] ?? cls.name ?? "";
  }

  function pack(path) {
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

  // ---- The message.
  class Message {
    #state;
    constructor(state) { this.#state = state; }
    getBody(cls) {
      const name = nameOf(cls);
      const s = this.#state;
      const wantsBytes = /byte|InputStream|Uint8Array/i.test(name);
      if (s.set) {
        const [kind, data] = s.set;
        if (kind === "b") return wantsBytes ? fromLatin1(data) : native.decode(data);
        return wantsBytes ? utf8(data) : data;
      }
      if (wantsBytes) return s.raw === undefined ? utf8(s.text) : fromLatin1(s.raw);
      return s.text;
    }
    setBody(v) { this.#state.set = bodyOf(v); }
    getBodySize() {
      const s = this.#state;
      if (s.set) return s.set[0] === "b" ? s.set[1].length : native.encode(s.set[1]).length;
      return s.raw === undefined ? native.encode(s.text).length : s.raw.length;
    }
    getHeaders() { return this.#state.headers; }
    getHeader(name, cls) { return convert(this.#state.headers.get(name), cls); }
    setHeader(name, v) { this.#state.headers.put(name, v); }
    setHeaders(all) { replace(this.#state.headers, all); }
    getProperties() { return this.#state.properties; }
    getProperty(name) { return this.#state.properties.get(name); }
    setProperty(name, v) { this.#state.properties.put(name, v); }
    setProperties(all) { replace(this.#state.properties, all); }
    getAttachments() { return this.#state.attachments; }
    setAttachments(all) { replace(this.#state.attachments, all); }
    getAttachmentWrapperObjects() { return this.#state.attachments; }
    setAttachmentWrapperObjects(all) { replace(this.#state.attachments, all); }
    addAttachmentObject(name, part) { this.#state.attachments.put(name, part); }
    getExchange() {
      const s = this.#state;
      return {
        getProperty: (name) => s.properties.get(name), setProperty: (name, v) => { s.properties.put(name, v); },
        getProperties: () => s.properties, getIn: () => this, getMessage: () => this, getExchangeId: () => s.id,
        getContext: () => ({ getName: () => s.flow }),
      };
    }
    get exchange() { return this.getExchange(); }
    getAttachmentsSize() { return this.#state.attachments.size(); }
    get body() { return this.getBody(); }
    set body(v) { this.setBody(v); }
    get headers() { return this.getHeaders(); }
    set headers(v) { this.setHeaders(v); }
    get properties() { return this.getProperties(); }
    set properties(v) { this.setProperties(v); }
    get attachments() { return this.getAttachments(); }
  }

  function replace(map, all) {
    const pairs = Array.from(pairsOf(all));
    map.clear();
    for (const [k, v] of pairs) map.put(k, v);
  }

  // A header as the class that was asked for; what does not convert is null, as in Camel.
  function convert(v, cls) {
    if (v === null || cls === undefined || cls === null) return v;
    const number = (n) => (Number.isNaN(n) ? null : n);
    switch (nameOf(cls).split(".").pop()) {
      case "String": return String(v);
      case "Integer": case "Long": return number(parseInt(v, 10));
      case "Double": case "Float": case "Number": return number(Number(v));
      case "Boolean": return typeof v === "boolean" ? v : String(v).toLowerCase() === "true";
      default: return v;
    }
  }

  class Attachment {
    constructor(name, type, content, kept) { Object.assign(this, { name, type, content, kept }); }
    getName() { return this.name; }
    getContentType() { return this.type; }
    getContent() { return this.content; }
    getDataHandler() { return this; }
    getDataSource() { return this; }
    toString() { return this.content; }
  }

  // What of the message log a script may fill.
  class MessageLog {
    #left;
    constructor(left) { this.#left = left; }
    addAttachmentAsString(name, content, type) {
      this.#left.log.push([text(name), text(type ?? "text/plain"), text(content ?? "")]);
    }
    addCustomHeaderProperty(name, v) { this.#left.custom.push([text(name), text(v ?? "")]); }
    setStringProperty(name, v) { this.#left.logged.set(text(name), text(v ?? "")); }
    setIntegerProperty(name, v) { this.setStringProperty(name, v); }
    setLongProperty(name, v) { this.setStringProperty(name, v); }
    setBooleanProperty(name, v) { this.setStringProperty(name, v); }
    setFloatProperty(name, v) { this.setStringProperty(name, v); }
    setDoubleProperty(name, v) { this.setStringProperty(name, v); }
    setDateProperty(name, v) { this.setStringProperty(name, v); }
  }

  let left = { log: [], custom: [], logged: new Map() };
  const globals = {
    java: pack("java"), javax: pack("javax"), com: pack("com"), org: pack("org"), Packages: pack(""),
    importClass, importPackage, load: () => {}, print: log,
    Java: { type: (name) => known[name] ?? pack(text(name)), from: (list) => Array.from(list), to: (list) => Array.from(list) },
    console: { log, info: log, warn: log, error: log, debug: log, trace: log },
    messageLogFactory: { getMessageLog: () => new MessageLog(left) },
    ITApiFactory: known["com.sap.it.api.ITApiFactory"],
    SecureStoreService: known["com.sap.it.api.securestore.SecureStoreService"],
    ValueMappingApi: known["com.sap.it.api.mapping.ValueMappingApi"],
    PartnerDirectoryService: known["com.sap.it.api.pd.PartnerDirectoryService"],
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  }
  const { ownKeys } = Reflect;
  const { defineProperty } = Object;
  const own = ownKeys(globalThis);
  const values = own.map((name) => globalThis[name]);
  const changed = (i) => {
    const now = globalThis[own[i]];
    return now !== values[i] && (now === now || values[i] === values[i]);
  };

  // Nothing of one call is left for the next: what is global is again as it was. Throws if it cannot be.
  function tidy() {
    const names = ownKeys(globalThis);
    let same = names.length === own.length;
    for (let i = 0; same && i < own.length; i++) same = names[i] === own[i] && !changed(i);
    if (same) return;
    for (const name of names) if (!own.includes(name)) delete globalThis[name];
    for (let i = 0; i < own.length; i++) {
      const value = values[i];
      if (changed(i)) defineProperty(globalThis, own[i], { value, writable: true, configurable: true, enumerable: false });
    }
  }

  // One call: gives [what changed as JSON, kind of body, body], or nothing if the function is missing.
  function run(script, input, bodyText, bodyRaw) {
    left = { log: [], custom: [], logged: new Map() };
    const given = JSON.parse(input);
    const pairs = (list) => list.map((pair) => [pair[0], decode(pair[1])]);
    const logId = (fold) => (name) =>
      (fold ? name.toLowerCase() === "sap_messageprocessinglogid" : name === "SAP_MessageProcessingLogID") ? given.id : null;
    const state = {
      id: given.id,
      flow: given.flow,
      text: bodyText,
      raw: bodyRaw,
      set: null,
      headers: javaMap(pairs(given.headers), true, logId(true)),
      properties: javaMap(pairs(given.properties), false, logId(false)),
      attachments: javaMap(given.attachments.map(([name, type, content], i) => [name, new Attachment(name, type, content, i)])),
    };
    if (given.exception !== null) {
      const caught = given.answer ? new AhcOperationFailedException(given.exception, given.answer) : new JavaError(given.exception);
      state.properties.put("CamelExceptionCaught", caught);
    }
    const f = script();
    if (typeof f !== "function") return null;
    const message = new Message(state);
    const result = f(message);
    if (result !== undefined && result !== null && result !== message) {
      throw new TypeError("the function has to return the message that it was given");
    }
    const all = (map, what) =>
      Array.from(maps.get(map).all.values(), (item) => [text(item[0]), encode(item[1], what, item[0])]);
    const output = {
      headers: all(state.headers, "header"),
      properties: all(state.properties, "property"),
      attachments: state.attachments.entries().map(([k, a]) =>
        a instanceof Attachment ? [text(k), text(a.type), text(a.content), a.kept ?? null] : [text(k), "text/plain", text(a), null]),
      custom: left.custom,
      logged: [...left.logged],
      log: left.log,
    };
    return [JSON.stringify(output), ...(state.set ?? ["k", ""])];
  }
  return [run, tidy];
})
