// The script API of a message as SAP's scripts know it, in JavaScript. Evaluated once per context with the host's
// functions (see native.rs); gives back what runs one call, what cleans up after it, and what takes in java.js.
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
  const ITEMS = Symbol("items");
  const entryOf = (k, v) => Object.assign([k, v], { getKey: () => k, getValue: () => v, key: k, value: v });
  const nothing = () => null;

  // What a map holds: entries by name, how names are compared, and what a missing name gives. Entries of the message
  // stay with the host as long as they are only read and written by name, and are plain values.
  class Items {
    constructor(fold, missing, host) {
      this.fold = fold;
      this.missing = missing;
      this.origin = host;
      this.proxy = new Proxy({ [ITEMS]: this }, TRAPS);
      this.reset();
    }
    reset() {
      this.host = this.origin;
      this.here = this.origin === undefined ? new Map() : undefined;
      this.changed = false;
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
        const v = this.host.get(k);
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
      if (this.host !== undefined && this.host.put(k, v)) return;
      const id = this.id(k);
      const old = this.all.get(id);
      this.changed = true;
      this.here.set(id, [old ? old[0] : String(k), v === undefined ? null : v]);
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
    column(i) {
      const out = [];
      for (const item of this.all.values()) out.push(item[i]);
      return out;
    }
    list() { return Array.from(this.all.values(), (item) => entryOf(item[0], item[1])); }
  }
  // The methods of a map. One function for all: most are never called, and each of its own takes its time to load.
  function method(items, name, a, b) {
    switch (name) {
      case "get": return items.get(a);
      case "put": case "set": return items.swap(a, b);
      case "remove": case "delete": return items.remove(a);
      case "has": case "containsKey": return items.has(a);
      case "containsValue": return items.column(1).indexOf(a) >= 0;
      case "getOrDefault": return items.has(a) ? items.get(a) : b;
      case "putIfAbsent": return items.has(a) ? items.get(a) : (items.put(a, b), null);
      case "putAll": for (const [k, v] of pairsOf(a)) items.put(k, v); return;
      case "keySet": case "keys": return items.column(0);
      case "values": return items.column(1);
      case "entrySet": case "entries": return items.list();
      case "size": return items.all.size;
      case "isEmpty": return items.all.size === 0;
      case "clear": return items.clear();
      case "forEach": for (const [k, v] of items.list()) a(k, v); return;
      case "toString": return "{" + items.list().map(([k, v]) => k + "=" + v).join(", ") + "}";
      default: return items.list()[Symbol.iterator]();
    }
  }
  const METHODS = new Set([
    "get", "put", "set", "remove", "delete", "has", "containsKey", "containsValue", "getOrDefault", "putIfAbsent", "putAll",
    "keySet", "keys", "values", "entrySet", "entries", "size", "isEmpty", "clear", "forEach", "toString", Symbol.iterator,
  ]);
  const TRAPS = {
    get({ [ITEMS]: items }, p) {
      if (METHODS.has(p)) return (a, b) => method(items, p, a, b);
      if (typeof p === "symbol") return p === ITEMS ? items : undefined;
      return items.get(p) ?? undefined;
    },
    set: ({ [ITEMS]: items }, p, v) => (typeof p === "symbol" ? false : (items.put(p, v), true)),
    has: ({ [ITEMS]: items }, p) => typeof p === "string" && (items.has(p) || METHODS.has(p)),
    deleteProperty: ({ [ITEMS]: items }, p) => (items.remove(p), true),
    ownKeys: ({ [ITEMS]: items }) => items.column(0),
    getOwnPropertyDescriptor: ({ [ITEMS]: items }, p) =>
      typeof p === "string" && items.has(p)
        ? { value: items.get(p), enumerable: true, configurable: true, writable: true }
        : undefined,
    // Those of the message serve all calls.
    defineProperty: () => false,
    preventExtensions: () => false,
    setPrototypeOf: () => false,
  };

  function javaMap(pairs) {
    const items = new Items(false, nothing);
    for (const [k, v] of pairs) items.put(k, v);
    return items.proxy;
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

  // ---- The message of the call that runs: a context runs one at a time.
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
  const headers = new Items(true, foldedLogId, hostHeaders);
  const properties = new Items(false, logId, hostProperties);
  let attachments, bodyText, left, java;
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
    getHeaders() { return headers.proxy; }
    getHeader(name, cls) { return convert(headers.get(name), cls); }
    setHeader(name, v) { headers.put(name, v); }
    setHeaders(all) { replace(headers, all); }
    getProperties() { return properties.proxy; }
    getProperty(name) { return properties.get(name); }
    setProperty(name, v) { properties.put(name, v); }
    setProperties(all) { replace(properties, all); }
    getAttachments() { return attachmentsOf().proxy; }
    setAttachments(all) { replace(attachmentsOf(), all); }
    addAttachmentObject(name, part) { attachmentsOf().put(name, part); }
    getExchange() {
      const [me, context] = [() => this, { getName: native.flow }];
      return {
        getProperty: this.getProperty, setProperty: this.setProperty, getProperties: this.getProperties,
        getIn: me, getMessage: me, getExchangeId: native.id, getContext: () => context,
      };
    }
    getAttachmentsSize() { return attachmentsOf().all.size; }
  }
  extend(Message.prototype, {
    getAttachmentWrapperObjects: Message.prototype.getAttachments,
    setAttachmentWrapperObjects: Message.prototype.setAttachments,
  });
  for (const name of ["Body", "Headers", "Properties", "Attachments", "Exchange"]) {
    const { ["get" + name]: get, ["set" + name]: set } = Message.prototype;
    Object.defineProperty(Message.prototype, name.toLowerCase(), { get, set });
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

  const log = (...all) => native.log(all.map(String).join(" "));

  // ---- Nothing of one call is left for the next. What is global from the start lies behind the global object: what a
  // script sets lands on the object itself, where little else is.
  const world = globalThis;
  const { ownKeys } = Reflect;
  const { defineProperty, getOwnPropertyDescriptor, setPrototypeOf } = Object;
  const behind = {};
  for (const name of ownKeys(world)) {
    const found = getOwnPropertyDescriptor(world, name);
    if (found.configurable && delete world[name]) defineProperty(behind, name, { ...found, enumerable: false });
  }
  setPrototypeOf(world, behind);
  extend(behind, { load: () => {}, print: log, console: { log, info: log, warn: log, error: log, debug: log, trace: log } });
  const own = ownKeys(world);

  // Throws if something cannot be taken back.
  function tidy() {
    if (headers.host === undefined) headers.reset();
    if (properties.host === undefined) properties.reset();
    attachments = bodyText = left = undefined;
    const names = ownKeys(world);
    if (names.length !== own.length) for (const name of names) if (!own.includes(name)) delete world[name];
  }

  // What only scripts need that name it.
  let classOfTexts;
  function install(file) {
    const leave = () => (left ??= { log: [], custom: [], logged: new Map() });
    java = file({ native, NAME, nameOf, text, asBytes, fromUtf8, javaMap, pairsOf, log, leave, Attachment });
    classOfTexts = java.classOfTexts;
    extend(behind, java.globals);
  }

  const all = (items, what) => Array.from(items.all.values()).flatMap((item) => [text(item[0]), encode(item[1], what, item[0])]);
  // One call: gives what the host does not have already, or null if the function is missing.
  function run(script, exception) {
    if (exception !== undefined) properties.put("CamelExceptionCaught", java.exceptionOf(exception));
    const f = script();
    if (typeof f !== "function") return null;
    const message = new Message();
    const result = f(message);
    if (result !== undefined && result !== null && result !== message) {
      throw new TypeError("the function has to return the message that it was given");
    }
    let out;
    if (headers.changed) (out ??= {}).headers = all(headers, "header");
    if (properties.changed) (out ??= {}).properties = all(properties, "property");
    if (attachments?.changed) {
      (out ??= {}).attachments = attachments.list().map(([k, a]) =>
        a instanceof Attachment ? [text(k), text(a.type), text(a.content), a.kept ?? null] : [text(k), "text/plain", text(a), null]);
    }
    if (left !== undefined) Object.assign((out ??= {}), { log: left.log, custom: left.custom, logged: Array.from(left.logged).flat() });
    return out;
  }
  return [run, tidy, install];
})
