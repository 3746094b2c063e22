// What this device remembers. Private windows and full disks may refuse; then it lives in memory.

const memory = {};

function area(kind) {
  try {
    const found = kind === "tab" ? window.sessionStorage : window.localStorage;
    found.setItem("linli:test", "1");
    found.removeItem("linli:test");
    return found;
  } catch (error) {
    return null;
  }
}

export class Keep {
  // kind: "tab" is gone with the tab, "device" stays.
  constructor(kind, scope) {
    this.area = area(kind);
    this.prefix = "linli:" + scope + ":";
  }

  get(name, otherwise) {
    const key = this.prefix + name;
    try {
      const text = this.area ? this.area.getItem(key) : memory[key];
      return text === null || text === undefined ? otherwise : JSON.parse(text);
    } catch (error) {
      return otherwise;
    }
  }

  set(name, value) {
    const key = this.prefix + name;
    const text = JSON.stringify(value);
    memory[key] = text;
    try {
      if (this.area) this.area.setItem(key, text);
    } catch (error) {
      this.area = null;
    }
  }

  remove(name) {
    delete memory[this.prefix + name];
    try {
      if (this.area) this.area.removeItem(this.prefix + name);
    } catch (error) {
      this.area = null;
    }
  }

  // The names that begin like this.
  names(start) {
    const begin = this.prefix + start;
    let keys = Object.keys(memory);
    try {
      for (let i = 0; this.area && i < this.area.length; i += 1) keys.push(this.area.key(i));
    } catch (error) {
      this.area = null;
    }
    keys = keys.filter((key, i) => key.indexOf(begin) === 0 && keys.indexOf(key) === i);
    return keys.map((key) => key.slice(this.prefix.length));
  }

  clear() {
    this.names("").forEach((name) => this.remove(name));
  }
}

export function freshId() {
  const bytes = new Uint8Array(16);
  window.crypto.getRandomValues(bytes);
  return Array.prototype.map.call(bytes, (b) => ("0" + b.toString(16)).slice(-2)).join("");
}
