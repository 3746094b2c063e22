// What is picked but not sent yet: photos and voices with their progress, to be tried again or
// taken out. Uploaded ones survive a reload.

import { say } from "./words.js";
import { element, icon } from "./elements.js";
import { smaller, upload } from "./upload.js";

const MOST = 9;
const VOICE_MOST = 10 * 1024 * 1024;

export class Tray {
  // on: {changed(), ready() -> Promise: a session is there, note(text), done(item)}
  constructor(query, tab, on) {
    this.query = query;
    this.tab = tab;
    this.on = on;
    this.node = document.getElementById("tray");
    this.items = tab.get("tray", []).map((kept) => Object.assign({ state: "done" }, kept));
    this.busy = Promise.resolve();
    this.draw();
  }

  get isBusy() {
    return this.items.some((item) => item.state === "waiting" || item.state === "uploading");
  }

  get done() {
    return this.items.filter((item) => item.state === "done");
  }

  get hasFailed() {
    return this.items.some((item) => item.state === "failed");
  }

  add(files, kind, extra) {
    const free = MOST - this.items.length;
    const taken = Array.prototype.slice.call(files, 0, Math.max(free, 0));
    if (files.length > taken.length) this.on.note(say("too_many_photos", { most: MOST }));
    taken.forEach((file) => {
      const item = Object.assign({ kind, file, state: "waiting", progress: 0 }, extra);
      if (kind === "photo") item.url = URL.createObjectURL(file);
      this.items.push(item);
      this.start(item);
    });
    this.draw();
    this.on.changed();
  }

  // One upload at a time: a slow line finishes some instead of none.
  start(item) {
    item.state = "waiting";
    this.busy = this.busy.then(() => this.run(item)).catch(() => undefined);
  }

  async run(item) {
    if (this.items.indexOf(item) < 0) return;
    item.state = "uploading";
    item.trouble = "";
    this.draw();
    try {
      const blob = item.kind === "photo" ? await smaller(item.file) : item.file;
      if (item.kind === "voice" && blob.size > VOICE_MOST) throw { text: say("refused_too_large") };
      await this.on.ready();
      const answer = await upload(
        this.query,
        item.kind,
        blob,
        (part) => this.progress(item, part),
        (request) => (item.request = request),
      );
      item.id = answer.id;
      item.type = answer.type;
      item.state = "done";
    } catch (trouble) {
      item.state = "failed";
      item.trouble = (trouble && trouble.text) || say("upload_failed");
      item.final = trouble && trouble.again === false;
    }
    if (this.items.indexOf(item) < 0) return;
    this.keep();
    this.draw();
    this.on.changed();
    if (item.state === "done") this.on.done(item);
    else this.on.note(item.trouble);
  }

  progress(item, part) {
    item.progress = part;
    if (item.bar) item.bar.value = part;
  }

  remove(item) {
    this.items = this.items.filter((one) => one !== item);
    if (item.request && item.state === "uploading") item.request.abort();
    if (item.url) URL.revokeObjectURL(item.url);
    this.keep();
    this.draw();
    this.on.changed();
  }

  clear() {
    this.items.forEach((item) => {
      if (item.request && item.state === "uploading") item.request.abort();
      if (item.url) URL.revokeObjectURL(item.url);
    });
    this.items = [];
    this.keep();
    this.draw();
    this.on.changed();
  }

  keep() {
    this.tab.set("tray", this.done.map((item) => ({ id: item.id, kind: item.kind, type: item.type })));
  }

  draw() {
    const focused = this.node.contains(document.activeElement);
    this.node.textContent = "";
    this.node.hidden = this.items.length === 0;
    this.items.forEach((item, index) => this.node.appendChild(this.drawItem(item, index)));
    if (focused && this.items.length === 0) document.getElementById("say").focus();
  }

  drawItem(item, index) {
    const node = element("li", "tray-item is-" + item.state);
    const name = say(item.kind === "photo" ? "tray_photo" : "tray_voice", { n: index + 1 });
    if (item.kind === "photo") {
      const image = element("img");
      image.alt = name;
      image.src = item.url || "/chat/files/" + item.id + "?" + this.query;
      node.appendChild(image);
    } else {
      node.appendChild(icon("voice"));
      node.appendChild(element("span", "", name));
    }
    if (item.state === "uploading" || item.state === "waiting") {
      item.bar = element("progress");
      item.bar.max = 1;
      item.bar.value = item.progress;
      item.bar.setAttribute("aria-label", say("uploading", { what: name }));
      node.appendChild(item.bar);
    }
    if (item.state === "failed") {
      node.title = item.trouble;
      if (!item.final) {
        const again = element("button", "tray-again", say("upload_again"));
        again.type = "button";
        again.addEventListener("click", () => {
          this.start(item);
          this.draw();
          this.on.changed();
        });
        node.appendChild(again);
      } else {
        node.appendChild(element("span", "tray-refused", say("upload_refused")));
      }
    }
    const out = element("button", "tray-remove");
    out.type = "button";
    out.setAttribute("aria-label", say("tray_remove", { what: name }));
    out.appendChild(icon("close"));
    out.addEventListener("click", () => this.remove(item));
    node.appendChild(out);
    return node;
  }
}
