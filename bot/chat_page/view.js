// Shows the conversation: what the server says, what the person said, in the order of `seq`.

import { element, icon, wordy } from "./elements.js";
import { drawable } from "./glyphs.js";
import { Reader } from "./reader.js";
import { say } from "./words.js";

const TIME_GAP = 10 * 60 * 1000;

// What a file is for, by its type: the copy of one's data to read, and everything of it.
const DOCUMENTS = { "text/html": "document_page", "application/zip": "document_archive" };

// What people's clocks show in China, whatever the device is set to.
function local(moment) {
  return new Date(moment.getTime() + 8 * 3600 * 1000);
}

function clock(moment) {
  const there = local(moment);
  const two = (n) => ("0" + n).slice(-2);
  return two(there.getUTCHours()) + ":" + two(there.getUTCMinutes());
}

function day(moment) {
  const there = local(moment);
  return say("day", { month: there.getUTCMonth() + 1, day: there.getUTCDate() });
}

// Wider than the column of labels: a character of full width counts for two letters.
function isLong(text) {
  const most = document.documentElement.lang === "en" ? 18 : 13;
  return text.replace(/[^\u0000-\u00ff]/g, "  ").length > most;
}

export class View extends Reader {
  // on: {press(choice, seq, button), photo(urls, index, opener), seen(upto), unread(count), edit(entry)}
  constructor(query, on) {
    super(on);
    this.query = query;
    this.log = document.getElementById("log");
    this.known = new Set();
    this.slots = {};
    this.pressed = {};
  }

  clear() {
    this.forget();
    this.known = new Set();
    this.slots = {};
    this.pressed = {};
    this.log.textContent = "";
    this.log.setAttribute("aria-live", "off");
  }

  get isEmpty() {
    return this.items.length === 0;
  }

  get oldest() {
    const first = this.items.find((item) => item.seq);
    return first ? first.seq : 0;
  }

  // --- what the server says --------------------------------------------------------------------

  message(frame) {
    if (this.known.has(frame.seq)) return;
    this.known.add(frame.seq);
    const item = {
      seq: frame.seq,
      order: frame.seq,
      at: new Date(frame.at),
      mine: false,
      seen: frame.seen,
      awaiting: frame.awaiting,
      news: frame.news,
      slot: frame.slot,
      choices: frame.choices,
    };
    item.node = this.drawMessage(frame, item);
    const old = frame.slot ? this.slots[frame.slot] : null;
    if (old && old.seq > item.seq) return;
    if (frame.slot) this.slots[frame.slot] = item;
    if (old && frame.renews) {
      this.unwatch(old);
      this.remove(old);
      this.insert(item);
    } else if (old && !frame.anew) this.replace(old, item);
    else this.insert(item);
    if (old && frame.anew) old.node.classList.add("answered");
    this.watch(item);
    this.changed(item);
  }

  // In place, unless the person has said something since: then an answer belongs at the end.
  replace(old, item) {
    const spoken = this.items.some((one) => one.mine && one.order > old.order);
    const focused = old.node.contains(document.activeElement);
    this.unwatch(old);
    if (spoken) {
      this.remove(old);
      this.insert(item);
    } else {
      item.order = old.order;
      this.items[this.items.indexOf(old)] = item;
      this.log.replaceChild(item.node, old.node);
      this.times();
    }
    if (focused) item.node.focus({ preventScroll: true });
  }

  drawMessage(frame, item) {
    const node = element("div", "line theirs");
    node.tabIndex = -1;
    node.lang = frame.language;
    node.dataset.seq = frame.seq;
    const bubble = element("div", frame.scan ? "bubble has-code" : "bubble");
    bubble.appendChild(element("span", "hidden", say("from_office")));
    frame.blocks.forEach((block) => {
      bubble.appendChild(block.kind === "card" ? this.drawCard(block) : this.drawText(block.text));
    });
    if (frame.files.length) bubble.appendChild(this.drawFiles(frame.files));
    const rows = frame.choices.filter((row) => row.length);
    if (frame.blocks.length || frame.files.length || rows.length) node.appendChild(bubble);
    if (rows.length) bubble.appendChild(this.drawChoices(rows, item, node));
    if (frame.paper) this.drawPaper(bubble, frame.paper);
    if (frame.scan) this.drawScan(bubble, frame.scan);
    return node;
  }

  // A list beside the conversation: `press` takes what is pressed there.
  drawApart(frame, press) {
    return this.drawMessage(frame, { seq: 0, press });
  }

  drawText(text) {
    return wordy("p", "text", drawable(text));
  }

  drawCard(card) {
    const node = element("section", "card tone-" + card.tone);
    const head = element("div", "card-head");
    head.appendChild(wordy("h3", "", drawable(card.title)));
    if (card.tone !== "plain") {
      const badge = element("span", "badge");
      badge.appendChild(icon(card.tone === "done" ? "check" : card.tone === "urgent" ? "alert" : "clock"));
      badge.appendChild(element("span", "", say("tone_" + card.tone)));
      head.appendChild(badge);
    }
    node.appendChild(head);
    if (card.lines.length) {
      const list = element("dl");
      card.lines.forEach((line) => {
        const pair = element("div", isLong(line.label) ? "pair is-long" : "pair");
        pair.appendChild(element("dt", "", line.label));
        pair.appendChild(wordy("dd", "", drawable(line.text)));
        list.appendChild(pair);
      });
      node.appendChild(list);
    }
    return node;
  }

  // What somebody takes along: on paper it stands alone, with a QR code of where it leads.
  drawPaper(bubble, link) {
    const code = element("img", "paper-code");
    code.alt = say("paper_code");
    code.src = link.replace(/^([^?]*)/, "$1/code.svg");
    const where = element("p", "paper-where", window.location.origin + link.split("?")[0]);
    const button = element("button", "choice print");
    button.type = "button";
    button.appendChild(icon("print"));
    button.appendChild(element("span", "choice-label", say("print")));
    button.addEventListener("click", () => {
      document.querySelectorAll(".on-paper").forEach((one) => one.classList.remove("on-paper"));
      bubble.classList.add("on-paper");
      bubble.parentNode.classList.add("on-paper");
      document.body.classList.add("prints");
      window.print();
    });
    [code, where, button].forEach((one) => bubble.appendChild(one));
  }

  // What another device scans: an address of ours, and nothing else.
  drawScan(bubble, link) {
    const code = element("img", "scan-code");
    code.alt = say("scan_code");
    code.src = link + "/code.svg";
    bubble.appendChild(code);
  }

  drawChoices(rows, item, line) {
    const box = element("div", "choices");
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", say("choices_label"));
    rows.forEach((row) => {
      const shown = element("div", "choice-row");
      row.forEach((choice) => shown.appendChild(this.drawChoice(choice, item, line)));
      box.appendChild(shown);
    });
    return box;
  }

  drawChoice(choice, item, line) {
    let node;
    if (choice.phone) {
      const emergency = /^(110|119|120|122)$/.test(choice.phone);
      node = element("a", emergency ? "choice phone emergency" : "choice phone");
      node.href = "tel:" + choice.phone.replace(/[^0-9+*#]/g, "");
      node.appendChild(icon("phone"));
    } else if (choice.link) {
      node = element("a", "choice link");
      node.href = choice.link;
      node.target = "_blank";
      node.rel = "noopener noreferrer";
      node.appendChild(icon("link"));
    } else {
      node = element("button", "choice");
      node.type = "button";
      node.dataset.action = choice.action;
      node.addEventListener("click", () => (item.press || this.on.press)(choice, item.seq, node));
    }
    if (choice.emphasis) node.classList.add("emphasis");
    if (choice.detail) node.classList.add("row", "tone-" + choice.tone);
    node.appendChild(this.drawLabel(choice));
    const before = this.pressed[item.seq];
    if (choice.action && before && before[choice.action]) {
      this.markChosen(node, line, before[choice.action]);
    }
    return node;
  }

  // A line of a list is a button as a whole: what it is about, and below how it stands.
  drawLabel(choice) {
    const label = wordy("span", "choice-label", drawable(choice.label));
    if (!choice.detail) return label;
    const both = element("span", "row-words");
    if (choice.tone !== "plain") both.appendChild(element("span", "hidden", say("tone_" + choice.tone) + " "));
    both.appendChild(label);
    both.appendChild(element("span", "hidden", " "));
    both.appendChild(wordy("span", "row-detail", drawable(choice.detail)));
    return both;
  }

  // The state of a press: "sending", "stored" or "failed".
  press(seq, action, state) {
    this.pressed[seq] = this.pressed[seq] || {};
    this.pressed[seq][action] = state;
    const item = this.items.find((one) => one.seq === seq);
    if (!item) return;
    item.node.querySelectorAll("button.choice").forEach((button) => {
      if (button.dataset.action === action) this.markChosen(button, item.node, state);
    });
  }

  markChosen(button, line, state) {
    // A list stays a list: its other lines are pressed next.
    if (button.classList.contains("row") && !line.querySelector('.emphasis[data-action^="f:"]')) {
      line.querySelectorAll(".row.chosen").forEach((one) => one.classList.remove("chosen"));
    } else line.classList.add("answered");
    button.classList.add("chosen");
    button.classList.toggle("sending", state === "sending");
    const old = button.querySelector(".choice-state");
    if (old) old.remove();
    const mark = element("span", "choice-state");
    mark.appendChild(icon(state === "stored" ? "check" : state === "failed" ? "alert" : "wait"));
    mark.appendChild(element("span", "hidden", say("chosen_" + state)));
    button.appendChild(mark);
  }

  // The question that was open is answered by words, pictures or a place.
  answered() {
    const asked = this.asked;
    if (asked && asked.awaiting) asked.node.classList.add("answered");
  }

  // The last thing said that is no news.
  get asked() {
    return this.items.filter((item) => !item.mine && !item.news).pop();
  }

  get awaiting() {
    const last = this.asked;
    const spoken = last && this.items.some((item) => item.mine && item.order > last.order);
    return last && !spoken ? last.awaiting : undefined;
  }

  // --- what the person said --------------------------------------------------------------------

  own(frame) {
    if (frame.kind === "press") {
      if (frame.origin) this.press(frame.origin, frame.action, "stored");
      return;
    }
    if (this.known.has(frame.seq)) return;
    this.known.add(frame.seq);
    const mine = this.items.find((item) => item.id === frame.id);
    if (mine) {
      mine.order = frame.seq;
      mine.seq = frame.seq;
      this.state(mine, "stored");
      return;
    }
    this.insert(this.drawOwn(frame.id, frame.kind, frame, new Date(frame.at), frame.seq, "stored"));
    this.changed(null);
  }

  // An entry that the server has not told back yet.
  entry(entry) {
    const state = entry.failed ? "failed" : entry.stored ? "stored" : "sending";
    if (entry.frame.type === "press") {
      if (entry.frame.seq) this.press(entry.frame.seq, entry.frame.action, state);
      return;
    }
    if (!entry.echo) return;
    let item = this.items.find((one) => one.id === entry.id);
    if (!item) {
      const order = Math.max(entry.after, 0) + 0.5;
      item = this.drawOwn(entry.id, entry.frame.type, entry.echo, new Date(entry.at), order, state);
      item.local = true;
      this.insert(item);
      this.answered();
      this.toEnd(false);
    }
    item.entry = entry;
    if (item.local && item.at.getTime() !== entry.at) {
      item.at = new Date(entry.at);
      this.times();
    }
    this.state(item, state);
  }

  drawOwn(id, kind, body, at, order, state) {
    const node = element("div", "line mine");
    node.tabIndex = -1;
    const bubble = element("div", "bubble");
    bubble.appendChild(element("span", "hidden", say("from_me")));
    if (body.files && body.files.length) bubble.appendChild(this.drawFiles(body.files));
    if (kind === "place") {
      const words = element("p", "text place");
      words.appendChild(icon("place"));
      words.appendChild(element("span", "", say("place_sent")));
      bubble.appendChild(words);
    }
    if (body.text) bubble.appendChild(this.drawText(body.text));
    node.appendChild(bubble);
    const item = { id, order, at, mine: true, seen: true, node };
    item.stateNode = element("p", "state");
    node.appendChild(item.stateNode);
    this.state(item, state);
    return item;
  }

  state(item, state) {
    if (item.shown === state) return;
    item.shown = state;
    const node = item.stateNode;
    node.textContent = "";
    node.className = "state state-" + state;
    // Only trouble is read out; that all went well is there to be found.
    const trouble = state === "failed" || state === "unsent";
    node.setAttribute("aria-live", trouble ? "polite" : "off");
    node.appendChild(icon(state === "stored" ? "check" : state === "failed" ? "alert" : "wait"));
    const failed = state === "failed" && item.entry ? item.entry.failed : "";
    const words = failed || say("state_" + state);
    node.appendChild(element("span", state === "stored" ? "state-word" : "", words));
    if (failed && item.entry.frame.text) {
      const edit = element("button", "state-button", say("edit_again"));
      edit.type = "button";
      edit.addEventListener("click", () => this.on.edit(item.entry));
      node.appendChild(edit);
    }
  }

  // Nothing has gone out for a while: say so under what waits.
  waiting(isWaiting) {
    this.items.forEach((item) => {
      if (item.mine && (item.shown === "sending" || item.shown === "unsent")) {
        this.state(item, isWaiting ? "unsent" : "sending");
      }
    });
  }

  removeOwn(id) {
    const item = this.items.find((one) => one.id === id);
    if (item) this.remove(item);
  }

  // --- files -----------------------------------------------------------------------------------

  address(id) {
    return "/chat/files/" + encodeURIComponent(id) + "?" + this.query;
  }

  drawFiles(files) {
    const box = element("div", "files");
    const photos = files.filter((file) => file.kind === "photo");
    const urls = photos.map((file) => this.address(file.id));
    if (photos.length) {
      const isChart = photos.length === 1 && photos[0].chart;
      const grid = element("ul", isChart ? "photos chart" : "photos count-" + Math.min(photos.length, 4));
      const name = isChart ? say("chart_open") : "";
      photos.forEach((file, index) => grid.appendChild(this.drawPhoto(urls, index, name)));
      box.appendChild(grid);
    }
    files.filter((file) => file.kind === "voice").forEach((file) => box.appendChild(this.drawVoice(file)));
    files.filter((file) => file.kind === "document").forEach((file) => {
      const link = element("a", "document");
      link.href = this.address(file.id);
      link.setAttribute("download", file.name || "");
      link.appendChild(icon("save"));
      link.appendChild(element("span", "", say(DOCUMENTS[file.type] || "document", { name: file.name || "" })));
      box.appendChild(link);
    });
    return box;
  }

  drawPhoto(urls, index, name) {
    const entry = element("li");
    const open = element("button", "photo");
    open.type = "button";
    open.setAttribute("aria-label", name || say("photo_open", { n: index + 1, of: urls.length }));
    const image = element("img");
    image.alt = "";
    image.addEventListener("load", () => this.keepEnd());
    image.addEventListener("error", () => {
      open.classList.add("gone");
      image.remove();
      open.appendChild(element("span", "", say("photo_gone")));
    });
    image.src = urls[index];
    open.appendChild(image);
    open.addEventListener("click", () => this.on.photo(urls, index, open));
    entry.appendChild(open);
    return entry;
  }

  drawVoice(file) {
    const box = element("div", "voice");
    const player = element("audio");
    player.controls = true;
    player.preload = "none";
    player.src = this.address(file.id);
    player.setAttribute("aria-label", say("voice_label"));
    const save = element("a", "voice-save", say("voice_save"));
    save.href = player.src;
    save.setAttribute("download", "");
    save.hidden = !player.canPlayType || player.canPlayType(file.type) !== "";
    player.addEventListener("error", () => {
      save.hidden = false;
    });
    box.appendChild(player);
    box.appendChild(save);
    return box;
  }

  // --- order and times -------------------------------------------------------------------------

  insert(item) {
    let at = this.items.length;
    while (at > 0 && this.items[at - 1].order > item.order) at -= 1;
    const next = this.items[at];
    this.items.splice(at, 0, item);
    this.log.insertBefore(item.node, next ? next.node : null);
    this.times();
  }

  remove(item) {
    this.items = this.items.filter((one) => one !== item);
    if (item.node.parentNode) item.node.parentNode.removeChild(item.node);
    this.times();
  }

  // A day or a longer pause gets a line of its own above what follows.
  times() {
    let before = null;
    this.items.forEach((item) => {
      const other = !before || day(before) !== day(item.at);
      const late = before && Math.abs(item.at - before) > TIME_GAP;
      const wanted = other ? day(item.at) + " " + clock(item.at) : late ? clock(item.at) : "";
      const has = item.node.querySelector(".time");
      if (has && has.textContent !== wanted) has.remove();
      if (wanted && (!has || has.textContent !== wanted)) {
        item.node.insertBefore(element("p", "time", wanted), item.node.firstChild);
      }
      before = item.at;
    });
    const latest = this.items.filter((item) => item.mine).pop();
    this.items.forEach((item) => item.node.classList.toggle("latest", item === latest));
  }
}
