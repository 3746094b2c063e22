// What is to be done, beside the conversation where the screen is wide: the list at the left, the
// case at the right. It is looked up and never said, so it stands in nobody's conversation.

import { element } from "./elements.js";
import { say } from "./words.js";

const WIDE = window.matchMedia("(min-width: 1000px)");
// Several things that happen at once are looked up once.
const SOON = 600;
// Deadlines pass although nothing is said.
const NOW_AND_THEN = 60000;
const LIST = /^todo\.open:([a-z]+):(\d+)/;

export class Desk {
  // node: where it stands, null on the residents' page.
  // on: {isIn() -> whether there is a session, draw(frame, press) -> node, press(choice)}
  constructor(node, query, on) {
    this.node = node;
    this.query = query;
    this.on = on;
    this.list = "all";
    this.page = "0";
    this.chosen = "";
    this.timer = 0;
    if (!node) return;
    WIDE.addEventListener("change", () => this.refresh(0));
    document.addEventListener("visibilitychange", () => this.refresh(0));
    window.setInterval(() => this.refresh(0), NOW_AND_THEN);
  }

  get isWanted() {
    return Boolean(this.node) && WIDE.matches && this.on.isIn();
  }

  get isOpen() {
    return Boolean(this.node) && !this.node.hidden;
  }

  // Something happened: what is to be done may be different now.
  refresh(wait = SOON) {
    if (!this.node) return;
    window.clearTimeout(this.timer);
    if (!this.isWanted) this.close();
    else if (!document.hidden) this.timer = window.setTimeout(() => this.fetch(), wait);
  }

  fetch() {
    const address = "/chat/work?" + this.query + "&list=" + this.list + "&page=" + this.page;
    window
      .fetch(address, { credentials: "same-origin", cache: "no-store" })
      .then((response) => {
        if (response.status === 401) return this.close();
        return response.ok ? response.json().then((frame) => this.show(frame)) : this.fail();
      })
      .catch(() => this.fail());
  }

  fail() {
    if (!this.isOpen || this.node.querySelector(".desk-note")) return;
    const note = element("p", "desk-note", say("desk_failed"));
    note.setAttribute("role", "status");
    this.node.insertBefore(note, this.node.firstChild);
  }

  show(frame) {
    if (!this.isWanted) return this.close();
    // The way to the menu stands below already.
    frame.choices = frame.choices.filter((row) => !row.some((one) => one.action === "menu.open"));
    const focused = document.activeElement;
    const kept = this.node.contains(focused) ? focused.dataset.action : "";
    const top = this.node.scrollTop;
    this.node.textContent = "";
    this.node.appendChild(this.on.draw(frame, (choice) => this.press(choice)));
    this.node.hidden = false;
    document.body.classList.add("has-desk");
    this.mark();
    this.node.scrollTop = top;
    if (kept) (this.button(kept) || this.node).focus({ preventScroll: true });
    return undefined;
  }

  press(choice) {
    const list = LIST.exec(choice.action);
    if (list) {
      this.list = list[1];
      this.page = list[2];
      this.refresh(0);
      return;
    }
    this.chosen = choice.action;
    this.mark();
    this.on.press(choice);
  }

  button(action) {
    return Array.from(this.node.querySelectorAll("button")).find((one) => one.dataset.action === action);
  }

  // The case that is open at the right.
  mark() {
    this.node.querySelectorAll(".row").forEach((one) => {
      const isOpen = one.dataset.action === this.chosen;
      one.classList.toggle("chosen", isOpen);
      if (isOpen) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    });
  }

  close() {
    if (!this.node) return;
    window.clearTimeout(this.timer);
    this.node.hidden = true;
    this.node.textContent = "";
    document.body.classList.remove("has-desk");
  }

  // Whoever asks for the list is led to it.
  lead() {
    this.list = "all";
    this.page = "0";
    this.refresh(0);
    this.node.focus({ preventScroll: true });
  }
}
