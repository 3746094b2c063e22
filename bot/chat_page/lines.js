// Two ways to the server that carry the same frames in the same order: a WebSocket, and plain HTTP
// for networks that let none pass. docs/web-protocol.md, sections 2 and 9.

const OPEN_WITHIN = 8000;
const MOST_FRAMES = 20;

// on: {open(), frame(frame), closed(code)}; closed comes once, and nothing after it.
export class SocketLine {
  constructor(query, on) {
    const secure = window.location.protocol === "https:";
    const address = (secure ? "wss://" : "ws://") + window.location.host + "/chat/ws?" + query;
    this.kind = "socket";
    this.on = on;
    this.ended = false;
    this.socket = new WebSocket(address);
    // Some networks neither let it through nor say so.
    this.timer = window.setTimeout(() => this.end(0), OPEN_WITHIN);
    this.socket.onopen = () => {
      window.clearTimeout(this.timer);
      if (!this.ended) on.open();
    };
    this.socket.onmessage = (event) => {
      if (!this.ended) on.frame(JSON.parse(event.data));
    };
    this.socket.onclose = (event) => this.end(event.code);
  }

  get isOpen() {
    return !this.ended && this.socket.readyState === 1;
  }

  send(frame) {
    if (this.isOpen) this.socket.send(JSON.stringify(frame));
  }

  // Leave it; who leaves is told nothing more.
  leave() {
    this.ended = true;
    window.clearTimeout(this.timer);
    this.socket.close();
  }

  end(code) {
    if (this.ended) return;
    this.leave();
    this.on.closed(code);
  }
}

// Each question brings what the page says and how far it has heard; each answer brings what it has
// not heard yet. An answer that gets lost is given again with the next question.
export class PollLine {
  constructor(query, on) {
    this.kind = "poll";
    this.query = query;
    this.on = on;
    this.ended = false;
    this.name = "";
    this.got = 0;
    this.waiting = [];
    this.isSaying = false;
    this.isListening = false;
    window.setTimeout(() => {
      if (!this.ended) on.open();
    }, 0);
  }

  get isOpen() {
    return !this.ended;
  }

  send(frame) {
    if (this.ended) return;
    this.waiting.push(frame);
    this.say();
  }

  leave() {
    this.ended = true;
  }

  end(code) {
    if (this.ended) return;
    this.ended = true;
    this.on.closed(code);
  }

  // One after the other, so that what is said keeps its order.
  say() {
    if (this.ended || this.isSaying || !this.waiting.length) return;
    this.isSaying = true;
    this.ask(this.waiting.splice(0, MOST_FRAMES), false).then(() => {
      this.isSaying = false;
      this.say();
      this.listen();
    });
  }

  listen() {
    if (this.ended || this.isListening || !this.name) return;
    this.isListening = true;
    this.ask([], true).then(() => {
      this.isListening = false;
      this.listen();
    });
  }

  ask(frames, wait) {
    return window
      .fetch("/chat/poll?" + this.query, {
        method: "POST",
        credentials: "same-origin",
        cache: "no-store",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ line: this.name, got: this.got, wait, frames }),
      })
      .then((response) => {
        if (!response.ok) throw new Error("not answered");
        return response.json();
      })
      .then((answer) => this.heard(answer))
      .catch(() => this.end(0));
  }

  heard(answer) {
    if (this.ended) return;
    this.name = answer.line;
    answer.frames.forEach((numbered) => {
      if (numbered[0] <= this.got || this.ended) return;
      this.got = numbered[0];
      this.on.frame(numbered[1]);
    });
    if (answer.closed) this.end(answer.closed);
  }
}
