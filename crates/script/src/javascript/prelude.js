// The script API of a message as SAP's scripts know it, in JavaScript. Evaluated once per context with the host's
// functions (see native.rs); gives back what runs one call, what cleans up after it, and what watches over globals.
(function (native, java, source) {
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
  const ITEMS = Symbol("items");
  const entryOf = (k, v) => Object.assign([k, v], { getKey: () => k, getValue: () => v, key: k, value: v });
  const nothing = () => null;

  // What a map holds: entries by name, how names are compared, and what a missing name gives. Entries of the message
  // stay with the host as long as they are only read and written by name, and are plain values.
  class Items {
    constructor(fold, missing, host) {
      this.fold = fold;
      this.missing = missing;
      this.host = host;
      this.here = host === undefined ? new Map() : undefined;
      this.changed = false;
      this.bound = undefined;
      this.proxy = undefined;
    }
    get all() { return this.here ?? this.fetch(); }
    fetch() {
      const host = this.host;
      const flat = host.all();
      this.host = undefined;
      this.here = new Map();
      for (let i = 0; i < flat.length; i += 2) {
        const v = host.decode(flat[i + 1]);
        // It may be changed from inside.
        if (typeof v === "object" && v !== null) this.changed = true;
        this.here.set(this.id(flat[i]), [flat[i], v]);
      }
      return this.here;
    }
    id(k) { return this.fold ? String(k).toLowerCase() : String(k); }
    // Undefined if there is none.
    find(k) {
      if (this.host !== undefined) {
        const v = this.host.get(text(k));
        if (typeof v !== "object" || v === null) return v;
      }
      return this.all.get(this.id(k))?.[1];
    }
    get(k) {
      const v = this.find(k);
      return v !== undefined ? v : this.missing(String(k));
    }
    has(k) { return this.find(k) !== undefined; }
    put(k, v) {
      if (v === undefined) v = null;
      if (this.host !== undefined) {
        switch (typeof v) {
          case "string": if (this.host.put(text(k), v.toWellFormed())) return; break;
          case "number": case "boolean": if (this.host.put(text(k), v)) return; break;
          case "object": if (v === null && this.host.put(text(k), v)) return;
        }
      }
      const id = this.id(k);
      const old = this.all.get(id);
      this.changed = true;
      this.here.set(id, [old ? old[0] : String(k), v]);
    }
    swap(k, v) {
      const old = this.find(k) ?? null;
      this.put(k, v);
      return old;
    }
    remove(k) {
      const id = this.id(k);
      const old = this.all.get(id);
      this.changed = true;
      this.here.delete(id);
      return old ? old[1] : null;
    }
    clear() {
      this.all.clear();
      this.changed = true;
    }
    list() { return Array.from(this.all.values(), (item) => entryOf(item[0], item[1])); }
    map() { return (this.proxy ??= new Proxy({ [ITEMS]: this }, TRAPS)); }
  }
  const METHODS = {
    __proto__: null,
    get: (items, k) => items.get(k),
    put: (items, k, v) => items.swap(k, v),
    set: (items, k, v) => items.swap(k, v),
    remove: (items, k) => items.remove(k),
    delete: (items, k) => items.remove(k),
    has: (items, k) => items.has(k),
    containsKey: (items, k) => items.has(k),
    containsValue: (items, v) => items.list().some((e) => e[1] === v),
    getOrDefault: (items, k, other) => (items.has(k) ? items.get(k) : other),
    putIfAbsent: (items, k, v) => (items.has(k) ? items.get(k) : (items.put(k, v), null)),
    putAll: (items, other) => pairsOf(other).forEach(([k, v]) => items.put(k, v)),
    keySet: (items) => items.list().map((e) => e[0]),
    keys: (items) => items.list().map((e) => e[0]),
    values: (items) => items.list().map((e) => e[1]),
    entrySet: (items) => items.list(),
    entries: (items) => items.list(),
    size: (items) => items.all.size,
    isEmpty: (items) => items.all.size === 0,
    clear: (items) => items.clear(),
    forEach: (items, f) => items.list().forEach(([k, v]) => f(k, v)),
    toString: (items) => "{" + items.list().map(([k, v]) => k + "=" + v).join(", ") + "}",
    [Symbol.iterator]: (items) => items.list()[Symbol.iterator](),
  };
  // A method is bound when it is asked for first: most are never.
  const TRAPS = {
    get({ [ITEMS]: items }, p) {
      const method = METHODS[p];
      if (method !== undefined) return ((items.bound ??= { __proto__: null })[p] ??= (a, b) => method(items, a, b));
      if (typeof p === "symbol") return p === ITEMS ? items : undefined;
      return items.get(p) ?? undefined;
    },
    set: ({ [ITEMS]: items }, p, v) => (typeof p === "symbol" ? false : (items.put(p, v), true)),
    has: ({ [ITEMS]: items }, p) => typeof p === "string" && (items.has(p) || METHODS[p] !== undefined),
    deleteProperty: ({ [ITEMS]: items }, p) => (items.remove(p), true),
    ownKeys: ({ [ITEMS]: items }) => items.list().map((e) => e[0]),
    getOwnPropertyDescriptor: ({ [ITEMS]: items }, p) =>
      typeof p === "string" && items.has(p)
        ? { value: items.get(p), enumerable: true, configurable: true, writable: true }
        : undefined,
  };

  function javaMap(pairs) {
    const items = new Items(false, nothing);
    for (const [k, v] of pairs) items.put(k, v);
    return items.map();
  }
  const itemsOf = (v) => (typeof v === "object" && v !== null ? v[ITEMS] : undefined);

  // The entries of anything like a map.
  function pairsOf(v) {
    if (v === null || v === undefined) return [];
    const items = itemsOf(v);
    if (items !== undefined) return items.list();
    if (v instanceof Map) return Array.from(v);
    return Object.entries(v);
  }

  // Java's methods on lists and texts.
  const extend = (proto, methods) => {
    for (const name in methods) {
      Object.defineProperty(proto, name, { value: methods[name], writable: true, configurable: true, enumerable: false });
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
    getClass() { return classOfTexts; },
  });

  // ---- Values to and from the host.
  function decode(v) {
    if (v === null || typeof v !== "object") return v;
    if (Array.isArray(v)) return v.map(decode);
    if (v.b !== undefined) return fromLatin1(v.b);
    const pairs = [];
    for (let i = 0; i < v.m.length; i += 2) pairs.push([v.m[i], decode(v.m[i + 1])]);
    return javaMap(pairs);
  }

  function encode(v, what, name, depth = 0) {
    if (typeof v === "string") return v.toWellFormed();
    if (depth > 32) throw new TypeError(`the value of ${what} '${name}' is nested too deeply or contains itself`);
    if (v === null || v === undefined) return null;
    switch (typeof v) {
      case "boolean": case "number": return v;
      case "bigint": return { i: String(v) };
      case "object": break;
      default: return text(v);
    }
    const inner = (x) => encode(x, what, name, depth + 1);
    const pairs = (entries) => ({ m: entries.flatMap(([k, x]) => [text(k), inner(x)]) });
    if (itemsOf(v) !== undefined || v instanceof Map) return pairs(pairsOf(v));
    if (Array.isArray(v) || v instanceof Set) return Array.from(v, inner);
    const bytes = asBytes(v);
    if (bytes) return { b: toLatin1(bytes) };
    if (v instanceof String || v instanceof Number || v instanceof Boolean) return inner(v.valueOf());
    if (v instanceof Date) return isNaN(v) ? null : v.toISOString();
    if (v.toString !== Object.prototype.toString) return text(v);
    return pairs(Object.entries(v));
  }

  const nameOf = (cls) => {
    if (typeof cls === "string") return cls;
    if (cls === null || (typeof cls !== "object" && typeof cls !== "function")) return "";
    return cls[NAME] ?? cls.name ?? "";
  };
  const NAME = Symbol("class");

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

  // ---- The message of the call that runs: a context runs one at a time.
  let headers, properties, attachments, bodyText, left;
  const logId = (name) => (name === "SAP_MessageProcessingLogID" ? native.id() : null);
  const foldedLogId = (name) => (name.toLowerCase() === "sap_messageprocessinglogid" ? native.id() : null);
  const hostOf = (entries) => ({ __proto__: null, ...entries, decode });
  const [hostHeaders, hostProperties] = [hostOf(native.headers), hostOf(native.properties)];
  const hostAttachments = {
    __proto__: null,
    get: () => hostAttachments,
    all: () => native.attachments().flatMap(([name, type, content], i) => [name, new Attachment(name, type, content, i)]),
    put: () => false,
    decode: (v) => v,
  };
  const headersOf = () => (headers ??= new Items(true, foldedLogId, hostHeaders));
  const propertiesOf = () => (properties ??= new Items(false, logId, hostProperties));
  const attachmentsOf = () => (attachments ??= new Items(false, nothing, hostAttachments));

  class Message {
    getBody(cls) {
      if (cls !== undefined && cls !== null && /byte|InputStream|Uint8Array/i.test(nameOf(cls))) return fromLatin1(native.bytes());
      return (bodyText ??= native.text());
    }
    // Nothing, text, bytes; plain objects and lists become JSON, all else its text.
    setBody(v) {
      bodyText = undefined;
      if (typeof v === "string") return native.setText(v.toWellFormed());
      if (v === null || v === undefined) return native.setText("");
      const bytes = asBytes(v);
      if (bytes) return native.setBytes(toLatin1(bytes));
      const plain = typeof v === "object" && (Array.isArray(v) || v.toString === Object.prototype.toString);
      native.setText(plain ? text(JSON.stringify(v)) : text(v));
    }
    getBodySize() { return native.size(); }
    getHeaders() { return headersOf().map(); }
    getHeader(name, cls) { return convert(headersOf().get(name), cls); }
    setHeader(name, v) { headersOf().put(name, v); }
    setHeaders(all) { replace(headersOf(), all); }
    getProperties() { return propertiesOf().map(); }
    getProperty(name) { return propertiesOf().get(name); }
    setProperty(name, v) { propertiesOf().put(name, v); }
    setProperties(all) { replace(propertiesOf(), all); }
    getAttachments() { return attachmentsOf().map(); }
    setAttachments(all) { replace(attachmentsOf(), all); }
    getAttachmentWrapperObjects() { return attachmentsOf().map(); }
    setAttachmentWrapperObjects(all) { replace(attachmentsOf(), all); }
    addAttachmentObject(name, part) { attachmentsOf().put(name, part); }
    getExchange() {
      return {
        getProperty: (name) => this.getProperty(name), setProperty: (name, v) => { this.setProperty(name, v); },
        getProperties: () => this.getProperties(), getIn: () => this, getMessage: () => this, getExchangeId: () => native.id(),
        getContext: () => ({ getName: () => native.flow() }),
      };
    }
    get exchange() { return this.getExchange(); }
    getAttachmentsSize() { return attachmentsOf().all.size; }
    get body() { return this.getBody(); }
    set body(v) { this.setBody(v); }
    get headers() { return this.getHeaders(); }
    set headers(v) { this.setHeaders(v); }
    get properties() { return this.getProperties(); }
    set properties(v) { this.setProperties(v); }
    get attachments() { return this.getAttachments(); }
  }

  function replace(items, all) {
    const pairs = Array.from(pairsOf(all));
    items.clear();
    for (const [k, v] of pairs) items.put(k, v);
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
  const leave = () => (left ??= { log: [], custom: [], logged: new Map() });
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

  const log = (...all) => native.log(all.map(String).join(" "));
  extend(globalThis, {
    load: () => {}, print: log,
    console: { log, info: log, warn: log, error: log, debug: log, trace: log },
    messageLogFactory: { getMessageLog: () => new MessageLog() },
  });
  let classOfTexts;
  if (java !== undefined) {
    const made = java({ native, NAME, nameOf, text, asBytes, fromUtf8, javaMap, pairsOf, log, JavaError, Attachment });
    classOfTexts = made.text;
    extend(globalThis, made.globals);
  }

  // ---- Nothing of one call is left for the next: what is global is again as it was.
  const { ownKeys } = Reflect;
  const { defineProperty, keys } = Object;
  const own = ownKeys(globalThis);
  const values = own.map((name) => globalThis[name]);
  const changed = (i) => {
    const now = globalThis[own[i]];
    return now !== values[i] && (now === now || values[i] === values[i]);
  };
  // What is global from the start is changed by its name, or by way of the object that holds it: a script that does not
  // have the one or the other in its text can only add to it.
  const byObject = /\bthis\b|globalThis|eval|Function|Reflect|\\u/.test(source);
  const named = byObject ? null : Array.from(own.keys()).filter((i) => source.includes(String(own[i])));

  function isSame() {
    if (keys(globalThis).length !== 0) return false;
    if (named !== null) return !named.some(changed);
    const names = ownKeys(globalThis);
    if (names.length !== own.length) return false;
    for (let i = 0; i < own.length; i++) if (names[i] !== own[i] || changed(i)) return false;
    return true;
  }
  // Throws if it cannot be.
  function tidy() {
    headers = properties = attachments = bodyText = left = undefined;
    if (isSame()) return;
    for (const name of ownKeys(globalThis)) if (!own.includes(name)) delete globalThis[name];
    for (let i = 0; i < own.length; i++) {
      const value = values[i];
      if (changed(i)) defineProperty(globalThis, own[i], { value, writable: true, configurable: true, enumerable: false });
    }
  }

  // One call: gives what the host does not have already, or null if the function is missing.
  function run(script, exception) {
    if (exception !== undefined) {
      const caught = exception.length > 1 ? new AhcOperationFailedException(...exception) : new JavaError(exception[0]);
      propertiesOf().put("CamelExceptionCaught", caught);
    }
    const f = script();
    if (typeof f !== "function") return null;
    const message = new Message();
    const result = f(message);
    if (result !== undefined && result !== null && result !== message) {
      throw new TypeError("the function has to return the message that it was given");
    }
    let out;
    const all = (items, what) => Array.from(items.all.values()).flatMap((item) => [text(item[0]), encode(item[1], what, item[0])]);
    if (headers?.changed) (out ??= {}).headers = all(headers, "header");
    if (properties?.changed) (out ??= {}).properties = all(properties, "property");
    if (attachments?.changed) {
      (out ??= {}).attachments = attachments.list().map(([k, a]) =>
        a instanceof Attachment ? [text(k), text(a.type), text(a.content), a.kept ?? null] : [text(k), "text/plain", text(a), null]);
    }
    if (left !== undefined) Object.assign((out ??= {}), { log: left.log, custom: left.custom, logged: Array.from(left.logged).flat() });
    return out;
  }
  return [run, tidy];
})
