// Where a person writes: the box with its draft, what goes along with it, and what the last question
// asks for.

import { say } from "./words.js";

const MAX_TEXT = 16000;
const WANTED = { place: "tool-place", photos: "tool-photo", voice: "tool-voice" };
const HINTS = { place: "place_hint", photos: "photos_hint", voice: "voice_hint", contact: "contact_hint" };

const find = (id) => document.getElementById(id);

export class Composer {
  // tab: where the draft is kept. tray: what is picked but not sent.
  // on: {speak(frame, echo), grown(), isElder() -> whether a photo is taken at once}
  constructor(tab, tray, on) {
    this.tab = tab;
    this.tray = tray;
    this.on = on;
    this.box = find("say");
    this.note = find("composer-note");
    this.sendButton = find("send");
    // On a slow line somebody may have written before this was there.
    this.box.value = this.box.value.trimEnd() || tab.get("draft", "");
    this.keepDraft();
    this.box.addEventListener("input", () => this.changed());
    this.box.addEventListener("keydown", (event) => {
      const plain = event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
      if (plain) {
        event.preventDefault();
        this.submit();
      }
    });
    find("say-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    if (find("try")) {
      find("try").addEventListener("click", () => {
        this.box.value = find("try").textContent;
        find("try").hidden = find("try-what").hidden = true;
        this.submit();
      });
    }
    find("tool-photo").addEventListener("click", () => {
      this.tell("");
      find(on.isElder() ? "camera-file" : "photo-file").click();
    });
    this.pick("photo-file", "photo");
    this.pick("camera-file", "photo");
    this.pick("voice-file", "voice");
  }

  pick(id, kind) {
    const input = find(id);
    input.addEventListener("change", () => {
      const direct = kind === "voice" || id === "camera-file";
      if (input.files.length) this.tray.add(input.files, kind, { direct });
      input.value = "";
    });
  }

  tell(text) {
    this.note.textContent = text;
    this.note.hidden = !text;
  }

  changed() {
    this.keepDraft();
    this.grow();
    this.refresh();
  }

  keepDraft() {
    this.tab.set("draft", this.box.value);
  }

  // As high as what stands in it; empty, as its hint, which no browser counts.
  grow() {
    const isEmpty = this.box.value === "";
    if (isEmpty) this.box.value = this.box.placeholder;
    this.box.style.height = "auto";
    this.box.style.height = Math.min(this.box.scrollHeight + 2, Math.max(120, window.innerHeight * 0.3)) + "px";
    if (isEmpty) this.box.value = "";
    this.on.grown();
  }

  refresh() {
    const has = this.box.value.trim() || this.tray.done.length;
    this.sendButton.classList.toggle("armed", Boolean(has) && !this.tray.isBusy);
  }

  // What was said comes back to be said better.
  edit(text) {
    this.box.value = text;
    this.grow();
    this.keepDraft();
    this.box.focus();
  }

  // Nothing written stays; where the draft was kept is cleared with the tab's memory.
  drop() {
    this.box.value = "";
    this.grow();
  }

  // What the last question asks for is offered first.
  expect(awaiting) {
    Object.keys(WANTED).forEach((kind) => {
      find(WANTED[kind]).classList.toggle("wanted", awaiting === kind);
    });
    const hint = document.body.dataset.side === "staff" ? "say_hint_staff" : "say_hint";
    this.box.placeholder = say(HINTS[awaiting] || hint);
    this.box.setAttribute("inputmode", awaiting === "contact" ? "tel" : "text");
    document.body.dataset.awaiting = awaiting || "";
    this.grow();
  }

  askForPlace() {
    this.box.placeholder = say("place_hint");
    this.box.focus();
  }

  submit() {
    const text = this.box.value.trim();
    const files = this.tray.done;
    if (this.tray.isBusy) {
      this.tell(say("still_uploading"));
      return;
    }
    if (!text && !files.length) {
      this.box.focus();
      return;
    }
    if (text.length > MAX_TEXT) {
      this.tell(say("text_too_long", { most: MAX_TEXT, now: text.length }));
      return;
    }
    if (files.length) {
      const shown = files.map((one) => ({ id: one.id, kind: one.kind, type: one.type }));
      this.on.speak({ type: "files", files: shown.map((one) => one.id), text }, { files: shown, text });
      this.tray.clear();
    } else {
      this.on.speak({ type: "text", text }, { text });
    }
    this.box.value = "";
    this.changed();
    this.tell("");
  }
}
