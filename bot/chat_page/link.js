// The line to the server: docs/web-protocol.md. What a person says is kept until the server has
// stored it, one frame after the other, over lost connections, reloads and restarts.

import { freshId } from "./keep.js";
import { PollLine, SocketLine } from "./lines.js";

const PING_EVERY = 25000;
const PONG_WITHIN = 10000;
const ANSWER_WITHIN = 15000;
// Something must be heard so soon after a hello; else the line only looks open.
const GREETED_WITHIN = 12000;
// After so many sockets that brought nothing the page goes on over plain HTTP, and looks again for
// a socket after a while, ever more seldom.
const SOCKETS_TRIED = 2;
const LOOK_AGAIN = 5 * 60 * 1000;
const LOOK_SELDOM = 60 * 60 * 1000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30000;
const CLOSED_FOR_GOOD = [4401, 4403];
const KEPT_FOR = 24 * 3600 * 1000;

export class Link {
  // on: {frame(frame), line(state), entry(entry), foreign()}; state is "up", "down" or
  // "closed"; foreign: it is another account's page from now on.
  constructor(query, device, on) {
    this.query = query;
    this.device = device;
    this.on = on;
    this.line = null;
    // Sockets in a row that brought nothing, and lines of either kind.
    this.deaf = 0;
    this.failures = 0;
    this.lookAfter = LOOK_AGAIN;
    this.ready = false;
    this.wanted = false;
    this.pause = FIRST_PAUSE;
    this.asked = null;
    this.notBefore = 0;
    this.since = 0;
    // For whom this page speaks, once the server has said so; and whose conversation is kept here.
    this.account = "";
    this.owner = device.get("account", "");
    // How far the server's clock is before ours; times are shown as the server has them.
    this.ahead = 0;
    this.entries = this.remembered();
    window.addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.hurry();
    });
  }

  // Each entry has a place of its own, so that two pages of one device do not overwrite each other.
  remembered() {
    const entries = [];
    this.device.names("said:").forEach((name) => {
      const entry = this.device.get(name, null);
      const old = entry && entry.stored && Math.abs(Date.now() - entry.at) > KEPT_FOR;
      if (!entry || old) this.device.remove(name);
      else entries.push(entry);
    });
    return entries.sort((a, b) => a.at - b.at);
  }

  // --- what a person says ----------------------------------------------------------------------

  // echo: how the page shows it until the server tells it back; null for what is not shown.
  say(frame, echo) {
    const at = Date.now() + this.ahead;
    const account = this.account ? this.owner : "";
    const entry = { id: freshId(), frame, echo, at, after: this.since, stored: false, account };
    this.entries.push(entry);
    this.save(entry);
    this.next();
    return entry;
  }

  // The server tells its own record of what was said: ours is not needed any more.
  told(id) {
    const entry = this.entries.find((one) => one.id === id);
    if (!entry) return;
    if (this.asked === entry) this.answered(id, { stored: true });
    this.forget(id);
  }

  forget(id) {
    this.entries = this.entries.filter((one) => one.id !== id);
    this.device.remove("said:" + id);
  }

  save(entry) {
    this.device.set("said:" + entry.id, entry);
  }

  // One frame at a time: so the order holds whatever gets lost on the way.
  next() {
    if (!this.ready || this.asked || Date.now() < this.notBefore) return;
    const entry = this.entries.find((one) => !one.stored && !one.failed);
    if (!entry) return;
    this.asked = entry;
    this.transmit(Object.assign({ id: entry.id }, entry.frame));
    this.answerTimer = window.setTimeout(() => this.renew(), ANSWER_WITHIN);
  }

  answered(id, change) {
    const entry = this.entries.find((one) => one.id === id);
    if (this.asked && this.asked.id === id) {
      window.clearTimeout(this.answerTimer);
      this.asked = null;
    }
    if (entry) {
      Object.assign(entry, change);
      this.save(entry);
      this.on.entry(entry);
    }
    this.next();
  }

  wait(seconds) {
    window.clearTimeout(this.answerTimer);
    this.asked = null;
    this.notBefore = Date.now() + seconds * 1000;
    window.setTimeout(() => this.next(), seconds * 1000 + 50);
  }

  // --- the connection --------------------------------------------------------------------------

  open() {
    this.wanted = true;
    if (this.line) return;
    window.clearTimeout(this.reopenTimer);
    const Line = this.deaf < SOCKETS_TRIED && window.WebSocket ? SocketLine : PollLine;
    const line = new Line(this.query, {
      open: () => this.hello(),
      frame: (frame) => this.heard(frame),
      closed: (code) => this.lost(code),
    });
    this.hasHeard = false;
    this.line = line;
    window.clearTimeout(this.lookTimer);
    if (line.kind === "poll") this.lookTimer = window.setTimeout(() => this.look(), this.lookAfter);
  }

  // Does a socket pass by now? Then it carries on.
  look() {
    if (!window.WebSocket || !this.wanted) return;
    this.lookAfter = Math.min(this.lookAfter * 2, LOOK_SELDOM);
    const again = () => {
      window.clearTimeout(this.lookTimer);
      this.lookTimer = window.setTimeout(() => this.look(), this.lookAfter);
    };
    const found = new SocketLine(this.query, {
      open: () => found.send({ type: "ping" }),
      frame(frame) {
        if (frame.type !== "pong") return;
        found.leave();
        passes();
      },
      closed: again,
    });
    const passes = () => {
      this.deaf = 0;
      this.lookAfter = LOOK_AGAIN;
      if (this.line && this.line.kind === "poll" && !this.asked) this.renew();
      else again();
    };
  }

  hello() {
    this.transmit({ type: "hello", version: 1, since: this.since, language: navigator.language });
    this.live();
    window.clearTimeout(this.deadTimer);
    this.deadTimer = window.setTimeout(() => this.renew(), GREETED_WITHIN);
  }

  // Begin the conversation anew: its language changed.
  again() {
    this.since = 0;
    if (this.line && this.line.isOpen) {
      this.ready = false;
      this.hello();
    }
  }

  close() {
    this.wanted = false;
    const line = this.line;
    if (line) {
      this.lost(0);
      line.leave();
    }
  }

  transmit(frame) {
    if (this.line && this.line.isOpen) this.line.send(frame);
  }

  heard(frame) {
    this.live();
    this.hasHeard = true;
    if (frame.type === "ping") this.transmit({ type: "pong" });
    if (frame.type === "message" || frame.type === "own") {
      this.since = Math.max(this.since, frame.seq);
    }
    if (frame.type === "reset") this.since = 0;
    if (frame.type === "ready") {
      this.ahead = new Date(frame.now).getTime() - Date.now();
      if (this.settle(frame.account)) {
        this.on.foreign();
        this.again();
        return;
      }
    }
    this.on.frame(frame);
    if (frame.type === "ready") {
      this.ready = true;
      this.failures = 0;
      if (this.line.kind === "socket") this.deaf = 0;
      this.pause = FIRST_PAUSE;
      this.on.line("up");
      this.next();
    } else if (frame.type === "stored") {
      const at = new Date(frame.at).getTime();
      this.ahead = at - Date.now();
      this.mine();
      this.answered(frame.id, { stored: true, at });
    } else if (frame.type === "error" && frame.again) {
      this.wait(3);
    } else if (frame.type === "error" && frame.id) {
      this.answered(frame.id, { failed: frame.text });
    } else if (frame.type === "notice" && frame.code === "flood") {
      this.wait(frame.wait);
    }
  }

  // Something was said under this account: from now on this device keeps its conversation.
  mine() {
    this.owner = this.account;
    this.device.set("account", this.owner);
    this.entries.filter((one) => !one.account).forEach((one) => {
      one.account = this.owner;
      this.save(one);
    });
  }

  // What was said under another account goes; what nobody's conversation holds yet goes along.
  // Gives whether another account's conversation was kept here until now.
  settle(account) {
    const isOther = this.owner !== "" && this.owner !== account;
    this.account = account;
    const foreign = this.entries.filter((one) => one.account && one.account !== account);
    foreign.forEach((one) => this.forget(one.id));
    if (isOther) {
      this.owner = "";
      this.device.remove("account");
    } else if (this.since) {
      this.mine();
    }
    return isOther;
  }

  // What this account said goes from this device. What another page of this browser has begun under
  // another one stays.
  drop() {
    this.entries.forEach((one) => this.device.remove("said:" + one.id));
    this.device.names("said:").forEach((name) => {
      const entry = this.device.get(name, null);
      if (!entry || entry.account === this.owner) this.device.remove(name);
    });
    this.entries = [];
  }

  // The session is over.
  wipe() {
    this.drop();
    if (this.device.get("account", "") === this.owner) this.device.remove("account");
    this.account = this.owner = "";
    this.since = 0;
  }

  live() {
    window.clearTimeout(this.pingTimer);
    window.clearTimeout(this.deadTimer);
    this.pingTimer = window.setTimeout(() => this.ask(PONG_WITHIN), PING_EVERY);
  }

  ask(within) {
    this.transmit({ type: "ping" });
    window.clearTimeout(this.deadTimer);
    this.deadTimer = window.setTimeout(() => this.renew(), within);
  }

  // The line looks alive but is not: leave it and take another.
  renew() {
    const line = this.line;
    if (!line) return;
    line.leave();
    this.lost(0);
  }

  lost(code) {
    window.clearTimeout(this.pingTimer);
    window.clearTimeout(this.deadTimer);
    window.clearTimeout(this.answerTimer);
    window.clearTimeout(this.lookTimer);
    if (this.line && !this.hasHeard) {
      this.failures += 1;
      if (this.line.kind === "socket") this.deaf += 1;
      // Where nothing at all gets through, the next try is a socket again.
      else this.deaf = SOCKETS_TRIED - 1;
    }
    this.line = null;
    this.ready = false;
    this.asked = null;
    if (CLOSED_FOR_GOOD.indexOf(code) >= 0) {
      this.wanted = false;
      this.on.line("closed");
      return;
    }
    this.on.line("down");
    if (!this.wanted) return;
    const varied = this.pause * (0.5 + Math.random());
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
    this.reopenTimer = window.setTimeout(() => this.open(), varied);
  }

  // Something suggests that the line may work again, or that it has silently died.
  hurry() {
    if (!this.wanted) return;
    if (this.line && this.line.isOpen) {
      this.ask(5000);
      if (this.line.kind === "poll" && this.ready) this.look();
    } else if (!this.line) {
      this.pause = FIRST_PAUSE;
      this.open();
    }
  }
}
