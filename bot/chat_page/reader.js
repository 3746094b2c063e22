// Where the reader is, and what really stood before their eyes.

import { element } from "./elements.js";
import { label, say } from "./words.js";

const NEAR_END = 120;
// For so long, in milliseconds, something must stand still in view to count as seen.
const REST = 1000;
// What is said about danger: it stays in view until it is answered.
const PINNED = "danger";

export class Reader {
  // on: {seen(upto), unread(count)}; the lines are kept by whoever draws them.
  constructor(on) {
    this.on = on;
    this.items = [];
    this.talk = document.getElementById("talk");
    this.newest = document.getElementById("to-newest");
    this.settled = false;
    this.following = true;
    // The first line that is gone on to: what a person left unread before they acted stays behind.
    this.from = 0;
    this.awaited = false;
    // The first answer to what the person did last: the view stays with it until they move it.
    this.anchor = null;
    // What the view was last brought to: it stays there when something around it grows or shrinks.
    this.held = null;
    this.placed = 0;
    this.movedAt = 0;
    this.resting = 0;
    this.watcher = null;
    if (window.IntersectionObserver) {
      this.watcher = new IntersectionObserver((changes) => this.watched(changes), {
        root: this.talk,
        threshold: [0, 0.25, 0.6],
      });
    }
    this.talk.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.newest.addEventListener("click", () => {
      this.anchor = null;
      this.leaveBehind();
      this.toEnd(true);
    });
    document.addEventListener("visibilitychange", () => this.moved());
    window.addEventListener("resize", () => this.keepEnd());
    // The composer grows and shrinks: whoever reads the end goes on reading the end.
    if (window.ResizeObserver) new ResizeObserver(() => this.keepEnd()).observe(this.talk);
  }

  forget() {
    this.items.forEach((item) => this.unwatch(item));
    this.items = [];
    this.settled = false;
    this.anchor = null;
  }

  // --- where the reader is ---------------------------------------------------------------------

  // The history is complete: from now on what comes is read out as it comes.
  settle() {
    if (this.settled) return;
    this.settled = true;
    const old = this.log.querySelector(".newer");
    if (old) old.remove();
    const unseen = this.items.find((item) => !item.mine && !item.seen);
    if (this.awaited && unseen) {
      // What a newcomer said opened the conversation: this is the answer to it.
      this.awaited = false;
      this.from = unseen.order;
      this.anchor = unseen;
    }
    const read = unseen && !this.anchor && this.items.indexOf(unseen) > 0;
    if (read) this.log.insertBefore(element("p", "newer", say("newer")), unseen.node);
    this.follow();
    window.setTimeout(() => this.log.setAttribute("aria-live", "polite"), 300);
    this.scrolled();
    this.count();
  }

  changed(item) {
    if (!this.settled) return;
    const isAnswer = item && !item.mine && this.awaited && !item.news;
    if (isAnswer || (item && item.slot === PINNED)) {
      this.awaited = false;
      this.from = item.order;
      this.anchor = item;
      this.following = true;
    }
    if (this.following && !(item && item !== this.anchor && this.isPinned)) this.follow();
    else if (item) this.newest.hidden = false;
    this.report();
    this.count();
  }

  // Danger was told of, and the person has neither answered nor gone elsewhere.
  get isPinned() {
    const anchor = this.anchor;
    return Boolean(anchor) && anchor.slot === PINNED && !anchor.node.classList.contains("answered");
  }

  // Keep what is on the screen where it is while earlier lines are put above it.
  holdStill(change) {
    const before = this.talk.scrollHeight - this.talk.scrollTop;
    change();
    this.place(this.talk.scrollHeight - before);
  }

  // Whoever went to the end has passed what stands above: nothing leads back there.
  leaveBehind() {
    const last = this.items[this.items.length - 1];
    if (last) this.from = last.order + 0.25;
  }

  place(top) {
    this.talk.scrollTop = top;
    this.placed = this.talk.scrollTop;
  }

  scrolled() {
    const left = this.talk.scrollHeight - this.talk.scrollTop - this.talk.clientHeight;
    this.following = left < NEAR_END;
    // Moved by a hand, and not by what grew or shrank: the place is theirs.
    if (Math.abs(this.talk.scrollTop - this.placed) > 2) {
      this.anchor = null;
      this.held = null;
      if (left < NEAR_END) this.leaveBehind();
    }
    if (this.anchor) this.following = true;
    if (left < NEAR_END) this.newest.hidden = true;
    this.moved();
  }

  // Go on to what is new: to the end, but not past the beginning of what is not read yet.
  follow() {
    const isNew = (item) => !item.mine && !item.seen && !item.viewed && item.order >= this.from;
    const kept = this.isPinned ? this.anchor : null;
    const first = kept || this.items.find(isNew);
    const end = this.talk.scrollHeight - this.talk.clientHeight;
    const start = first ? this.startOf(first) : end;
    if (start >= end) {
      this.toEnd(false);
    } else {
      this.held = first;
      this.place(Math.max(start, 0));
      this.scrolled();
      // Over the numbers to call nothing lies, as long as nothing newer stands below.
      this.newest.hidden = end - start < NEAR_END || (this.isPinned && this.isLast(first));
    }
  }

  isLast(item) {
    return item === this.items[this.items.length - 1];
  }

  // Where an answer is read from: below the words that it answers, if those leave it room.
  startOf(item) {
    const said = this.items.filter((one) => one.mine && one.order < item.order).pop();
    const box = item.node.getBoundingClientRect();
    if (said && item === this.anchor) {
      const words = said.node.getBoundingClientRect();
      const room = this.talk.clientHeight;
      const fits = box.bottom - words.top + 16 <= room;
      // A long answer stands under short words all the same, as long as what most people press
      // stays in view; the numbers to call need all the room.
      const isUnder = this.items[this.items.indexOf(item) - 1] === said && item.slot !== PINNED;
      const main = item.node.querySelector(".choice.emphasis");
      const last = main ? main.getBoundingClientRect().bottom : 0;
      const isShort = words.height <= room / 4 && last - words.top + 16 <= room;
      if (fits || (isUnder && isShort)) return this.topOf(said.node) - 8;
    }
    return this.topOf(item.node) - 8;
  }

  // The person did something and waits for the answer: show it wherever they were reading.
  expect() {
    this.following = true;
    this.awaited = true;
    this.anchor = null;
    this.held = null;
    this.from = Infinity;
    this.newest.hidden = true;
  }

  topOf(node) {
    const frame = this.talk.getBoundingClientRect();
    return node.getBoundingClientRect().top - frame.top + this.talk.scrollTop;
  }

  // Something grew or shrank: whoever reads an answer goes on reading it, and else the end.
  keepEnd() {
    if (!this.following) return;
    const kept = this.held || this.anchor;
    if (!kept || !kept.node.isConnected) {
      this.follow();
      return;
    }
    const end = this.talk.scrollHeight - this.talk.clientHeight;
    this.place(Math.max(Math.min(this.startOf(kept), end), 0));
    this.scrolled();
  }

  toEnd(smoothly) {
    this.held = null;
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.following = true;
    this.newest.hidden = true;
    if (smoothly && !calm && this.talk.scrollTo) {
      this.talk.scrollTo({ top: this.talk.scrollHeight, behavior: "smooth" });
    } else {
      this.place(this.talk.scrollHeight);
    }
  }

  // --- what was really seen --------------------------------------------------------------------

  watch(item) {
    if (item.seen) return;
    if (this.watcher) {
      this.watcher.observe(item.node);
    } else {
      item.inView = true;
      item.inSince = performance.now();
    }
  }

  unwatch(item) {
    if (this.watcher) this.watcher.unobserve(item.node);
  }

  watched(changes) {
    changes.forEach((change) => {
      const item = this.items.find((one) => one.node === change.target);
      if (!item) return;
      const tall = change.intersectionRect.height > this.talk.clientHeight / 2;
      const inView = change.isIntersecting && (change.intersectionRatio >= 0.25 || tall);
      if (inView && !item.inView) item.inSince = performance.now();
      item.inView = inView;
    });
    this.report();
    this.count();
  }

  // A button of it was pressed: it was read, however quickly.
  wasPressed(seq) {
    const item = this.items.find((one) => one.seq === seq);
    if (!item || item.seen) return;
    item.viewed = true;
    this.report();
  }

  // What stands in view begins to rest anew: the page was moved, hidden or shown again.
  moved() {
    this.movedAt = performance.now();
    this.report();
  }

  // Tell the server up to where everything rested in view, on a page that can be seen.
  report() {
    window.clearTimeout(this.resting);
    if (document.hidden || !this.settled) return;
    const now = performance.now();
    const waits = this.items.filter((item) => item.inView && !item.viewed && !item.seen);
    let next = Infinity;
    waits.forEach((item) => {
      const left = Math.max(item.inSince, this.movedAt) + REST - now;
      if (left <= 0) item.viewed = true;
      else next = Math.min(next, left);
    });
    if (next < Infinity) this.resting = window.setTimeout(() => this.report(), Math.ceil(next));
    let upto = 0;
    const theirs = this.items.filter((item) => !item.mine).sort((a, b) => a.seq - b.seq);
    for (let i = 0; i < theirs.length && (theirs[i].seen || theirs[i].viewed); i += 1) {
      if (!theirs[i].seen) {
        upto = theirs[i].seq;
        theirs[i].seen = true;
        this.unwatch(theirs[i]);
      }
    }
    if (upto) {
      this.on.seen(upto);
      this.count();
    }
  }

  count() {
    const unread = this.items.filter((item) => !item.mine && !item.seen);
    const below = unread.some((item) => !item.inView);
    label(this.newest.querySelector("span"), below ? "to_newest_unread" : "to_newest");
    this.newest.classList.toggle("is-plain", !below);
    // With nothing new a little way down, it would only lie over the buttons.
    const left = this.talk.scrollHeight - this.talk.scrollTop - this.talk.clientHeight;
    if (!below && left < this.talk.clientHeight) this.newest.hidden = true;
    this.on.unread(unread.length);
  }
}
