// Puts the page together: the line to the server, the conversation, and what a person can do.

import { element } from "./elements.js";
import { bringFont } from "./glyphs.js";
import { Keep } from "./keep.js";
import { Link } from "./link.js";
import { Outage } from "./outage.js";
import { Place } from "./place.js";
import { Tray } from "./tray.js";
import { View } from "./view.js";
import { Viewer } from "./viewer.js";
import { Voice } from "./voice.js";
import { label, language, say, setLanguage } from "./words.js";

bringFont();

const MAX_TEXT = 16000;
const DOWN_AFTER = 1500;
// After so many lines in a row that brought nothing it is no short break.
const NO_SHORT_BREAK = 3;
const FIRST_TRY_AGAIN = 2000;
const LAST_TRY_AGAIN = 60000;

const body = document.body;
const side = body.dataset.side;
const persona = body.dataset.persona;
const query = persona ? "persona=" + encodeURIComponent(persona) : "side=" + side;
const scope = persona ? "demo-" + persona : side;
const device = new Keep("device", scope);
const tab = new Keep("tab", scope);
const find = (id) => document.getElementById(id);

const box = find("say");
const note = find("composer-note");
const outage = new Outage(find("line-state"), body.dataset.phone);
const welcome = find("welcome");
const begin = find("begin");
let hasSession = body.dataset.session === "yes";
// A session that ended while no page was open: what this device kept of it goes before it is read.
const leftUnsent = hasSession || !device.get("account", "") ? null : dropLeft();
let seenUpto = 0;
let profile = { elder: document.documentElement.classList.contains("elder") };
let opening = null;
let downTimer = 0;
let againTimer = 0;
let tryAgain = FIRST_TRY_AGAIN;
let keepsNoCookie = false;
let isDown = false;
let isFlooded = false;
// The last words under an account stand there; what is said next begins a page of its own.
let isFarewell = false;

// Gives whether something had not been sent.
function dropLeft() {
  const said = device.names("said:").map((name) => device.get(name, null));
  device.clear();
  tab.clear();
  return said.some((one) => one && !one.stored && !one.failed);
}

// --- how a person got here -----------------------------------------------------------------------

// The address is cleaned at once: a code must not stay in histories and screenshots. Opening the
// address does nothing; only a press does.
function arrival() {
  const asked = new URLSearchParams(window.location.search);
  let found = tab.get("arrival", null);
  const clean = (text) => (/^[A-Za-z0-9_-]{1,60}$/.test(text || "") ? text : "");
  if (side === "staff" && clean(asked.get("i"))) found = { kind: "invite", payload: asked.get("i") };
  else if (clean(asked.get("g"))) found = { kind: "grid", payload: "g-" + asked.get("g") };
  else if (clean(asked.get("start"))) found = { kind: "link", payload: asked.get("start") };
  tab.set("arrival", found);
  ["i", "g", "start", "lang"].forEach((name) => asked.delete(name));
  const rest = asked.toString();
  window.history.replaceState(null, "", window.location.pathname + (rest ? "?" + rest : ""));
  return found;
}

let arrived = arrival();

function arrivalDone() {
  arrived = null;
  tab.set("arrival", null);
}

// --- the parts -----------------------------------------------------------------------------------

const viewer = new Viewer();
const view = new View(query, {
  press(choice, seq) {
    const twice = view.pressed[seq] && view.pressed[seq][choice.action] === "sending";
    if (twice) return;
    speak({ type: "press", action: choice.action, seq }, null);
  },
  photo(urls, index, opener) {
    viewer.open(urls, index, opener);
  },
  seen(upto) {
    seenUpto = Math.max(seenUpto, upto);
    link.transmit({ type: "seen", upto: seenUpto });
  },
  unread(count) {
    if (window.parent !== window) {
      window.parent.postMessage({ linli: "unread", persona, count }, window.location.origin);
    }
    const base = say(side === "staff" ? "title_staff" : "title");
    document.title = count > 0 && document.hidden ? "(" + count + ") " + base : base;
  },
  edit(entry) {
    box.value = entry.frame.text;
    link.forget(entry.id);
    view.removeOwn(entry.id);
    grow();
    keepDraft();
    box.focus();
  },
});

const link = new Link(query, device, {
  frame: heard,
  line: lineChanged,
  foreign() {
    dropRest();
    view.clear();
  },
  entry(entry) {
    view.entry(entry);
    if (isFlooded && entry.stored) {
      isFlooded = false;
      tellLine("");
    }
  },
});

const tray = new Tray(query, tab, {
  changed: refreshSend,
  ready: () => ensureSession(),
  note: tellNote,
  done(item) {
    // A voice, or an elder's photo, goes at once: no further tap.
    if (item.direct && !tray.isBusy && !tray.hasFailed) submit();
  },
});

const voice = new Voice({
  recorded: (blob) => tray.add([blob], "voice", { direct: true }),
  pick: () => find("voice-file").click(),
  trouble: (name) => tellNote(say(name)),
});

const place = new Place({
  measured(coords) {
    const frame = { type: "place", latitude: coords.latitude, longitude: coords.longitude };
    if (isFinite(coords.accuracy)) frame.accuracy = Math.min(coords.accuracy, 4e7);
    speak(frame, {});
  },
  type() {
    box.placeholder = say("place_hint");
    box.focus();
  },
});

// --- what the server says ------------------------------------------------------------------------

function heard(frame) {
  if (frame.type === "profile") applyProfile(frame);
  else if (frame.type === "message") {
    if (frame.seen) seenUpto = Math.max(seenUpto, frame.seq);
    (frame.takes_back || []).forEach((id) => {
      link.forget(id);
      view.removeOwn(id);
    });
    if (frame.farewell) {
      sessionOver(frame);
      forgetPictures();
    } else view.message(frame);
    if (view.settled) refreshAwaiting();
  } else if (frame.type === "own") {
    link.told(frame.id);
    view.own(frame);
  } else if (frame.type === "reset") {
    view.clear();
  } else if (frame.type === "ready") {
    if ("more" in frame) find("earlier").hidden = !frame.more;
    link.entries.forEach((entry) => view.entry(entry));
    view.settle();
    if (seenUpto) link.transmit({ type: "seen", upto: seenUpto });
    view.report();
    refreshWelcome();
    refreshAwaiting();
  } else if (frame.type === "earlier") {
    find("earlier").hidden = !frame.more;
    find("earlier").disabled = false;
    earlierDone();
  } else if (frame.type === "notice" && frame.code === "flood") {
    isFlooded = true;
    tellLine(frame.text);
  } else if (frame.type === "notice") {
    if (frame.code !== "revoked") tellNote(frame.text);
    else lineChanged("closed");
  } else if (frame.type === "error" && !frame.id && !frame.again) {
    tellNote(frame.text);
  }
}

function applyProfile(frame) {
  profile = frame;
  document.documentElement.classList.toggle("elder", frame.elder);
  const elder = find("elder-button");
  if (elder) label(elder, frame.elder ? "more_elder_off" : "more_elder_on");
  if (setLanguage(frame.language)) {
    find("log").setAttribute("aria-label", say("log_label"));
    if (link.ready || !view.isEmpty) {
      view.clear();
      link.again();
    }
    refreshAwaiting();
    refreshWelcome();
  }
}

function tellLine(text) {
  if (!keepsNoCookie) outage.plain(text);
}

function unsent() {
  return link.entries.filter((one) => !one.stored && !one.failed);
}

function tellOutage() {
  if (keepsNoCookie) {
    outage.tell("no_cookie", unsent().map((one) => one.frame.text));
    view.waiting(true);
  } else if (isDown) {
    const name = link.failures >= NO_SHORT_BREAK ? "line_down_long" : "line_down";
    outage.tell(name, unsent().map((one) => one.frame.text));
  }
}

function lineChanged(state) {
  window.clearTimeout(downTimer);
  isDown = isDown && state === "down";
  if (state === "up") {
    tryAgain = FIRST_TRY_AGAIN;
    tellLine("");
    view.waiting(false);
  } else if (state === "closed" && link.owner) {
    sessionOver(null);
    forgetPictures();
  } else if (state === "closed") {
    // Nothing was ever stored: a newcomer's words wait for the next session.
    link.close();
    window.clearTimeout(downTimer);
    hasSession = false;
    tellLine("");
    view.clear();
    unsent().forEach((entry) => view.entry(entry));
    refreshWelcome();
    if (unsent().length) againLater();
  } else {
    tellOutage();
    downTimer = window.setTimeout(() => {
      isDown = true;
      tellOutage();
      view.waiting(true);
    }, DOWN_AFTER);
  }
}

// The session is over: nothing of it stays on the screen or on the device, but the last words.
function sessionOver(farewell) {
  const hadUnsent = unsent().length > 0;
  link.close();
  link.wipe();
  hasSession = isDown = isFlooded = false;
  window.clearTimeout(downTimer);
  window.clearTimeout(againTimer);
  dropRest();
  tellLine("");
  view.clear();
  find("earlier").hidden = true;
  isFarewell = Boolean(farewell);
  if (farewell) {
    view.log.setAttribute("aria-live", "polite");
    view.message(farewell);
    view.settle();
  }
  view.count();
  tellEnd(!farewell, hadUnsent);
  refreshAwaiting();
  refreshWelcome();
}

// The answer to a page without a session lets the browser forget what it was shown.
function forgetPictures() {
  ask("GET", "/chat/session?" + query).catch(() => undefined);
}

function tellEnd(isTold, hadUnsent) {
  const names = [isTold ? "notice_revoked" : "", hadUnsent ? "dropped_unsent" : ""];
  tellNote(names.filter(Boolean).map((name) => say(name)).join(" "));
}

// What a page keeps beside the conversation: what is written, picked, recorded or looked at.
function dropRest() {
  voice.finish(false);
  place.close(false);
  if (!viewer.node.hidden) viewer.close();
  tray.clear();
  tab.clear();
  if (arrived) tab.set("arrival", arrived);
  box.value = "";
  seenUpto = 0;
  grow();
}

// Another page of this browser was told first, or signed out.
window.addEventListener("storage", (event) => {
  const wasOurs = event.key === device.prefix + "account" && event.oldValue === JSON.stringify(link.account);
  if (!wasOurs || device.get("account", "")) return;
  link.drop();
  dropRest();
  view.clear();
  refreshAwaiting();
  link.again();
});

// Ever more seldom: a server that is busy, or a browser that forgets, must not be asked in a hurry.
function againLater() {
  window.clearTimeout(againTimer);
  againTimer = window.setTimeout(() => {
    if (unsent().length) ensureSession();
  }, tryAgain * (0.5 + Math.random()));
  tryAgain = Math.min(tryAgain * 2, LAST_TRY_AGAIN);
}

// --- what the person says ------------------------------------------------------------------------

function speak(frame, echo) {
  if (arrived && arrived.kind === "grid" && frame.type !== "start") {
    const payload = arrived.payload;
    arrivalDone();
    // Words are answered at once: danger never stands below a greeting.
    link.say({ type: "start", payload, says_more: Boolean(frame.text) }, null);
  }
  if (isFarewell) view.clear();
  isFarewell = false;
  const entry = link.say(frame, echo);
  welcome.hidden = true;
  view.entry(entry);
  if (echo) view.toEnd(false);
  view.expect();
  if (isDown) view.waiting(true);
  if (isDown || keepsNoCookie) tellOutage();
  ensureSession();
  refreshAwaiting();
  return entry;
}

// A session begins with the first thing a person does.
function ensureSession() {
  if (keepsNoCookie) return Promise.reject({ text: say("no_cookie"), again: false });
  if (hasSession) {
    link.open();
    return Promise.resolve();
  }
  if (!opening) {
    opening = openSession();
    opening.catch(() => undefined);
  }
  return opening;
}

function openSession() {
  return ask("POST", "/chat/session", { side, language: language() })
    .then(() => ask("GET", "/chat/session?" + query))
    .then(() => {
      hasSession = true;
      opening = null;
      link.open();
      return undefined;
    })
    .catch((answer) => {
      opening = null;
      // The session was opened and is unknown a moment later: the browser keeps no cookie. Said
      // once; to begin again and again would help nobody.
      keepsNoCookie = answer && answer.error === "no_session";
      if (keepsNoCookie) tellOutage();
      else {
        link.failures += 1;
        lineChanged("down");
        if (answer && answer.text) tellNote(answer.text);
        againLater();
      }
      const text = (answer && answer.text) || "";
      return Promise.reject(keepsNoCookie ? { text: say("no_cookie"), again: false } : { text, again: true });
    });
}

function ask(method, address, content) {
  return window
    .fetch(address, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      headers: { "Content-Type": "application/json" },
      body: content && JSON.stringify(content),
    })
    .then((response) => (response.ok ? response : response.json().then((answer) => Promise.reject(answer))));
}

function submit() {
  const text = box.value.trim();
  const files = tray.done;
  if (tray.isBusy) {
    tellNote(say("still_uploading"));
    return;
  }
  if (!text && !files.length) {
    box.focus();
    return;
  }
  if (text.length > MAX_TEXT) {
    tellNote(say("text_too_long", { most: MAX_TEXT, now: text.length }));
    return;
  }
  if (files.length) {
    const shown = files.map((one) => ({ id: one.id, kind: one.kind, type: one.type }));
    speak({ type: "files", files: shown.map((one) => one.id), text }, { files: shown, text });
    tray.clear();
  } else {
    speak({ type: "text", text }, { text });
  }
  box.value = "";
  keepDraft();
  grow();
  refreshSend();
  tellNote("");
}

function command(name) {
  closeMore();
  speak({ type: "command", command: name }, null);
}

// --- the composer --------------------------------------------------------------------------------

function tellNote(text) {
  note.textContent = text;
  note.hidden = !text;
}

function keepDraft() {
  tab.set("draft", box.value);
}

function grow() {
  box.style.height = "auto";
  box.style.height = Math.min(box.scrollHeight + 2, Math.max(120, window.innerHeight * 0.3)) + "px";
  view.keepEnd();
}

function refreshSend() {
  const has = box.value.trim() || tray.done.length;
  find("send").classList.toggle("armed", Boolean(has) && !tray.isBusy);
}

const WANTED = { place: "tool-place", photos: "tool-photo", voice: "tool-voice" };
const HINTS = { place: "place_hint", photos: "photos_hint", voice: "voice_hint", contact: "contact_hint" };

// What the last question asks for is offered first.
function refreshAwaiting() {
  const awaiting = view.awaiting;
  Object.keys(WANTED).forEach((kind) => {
    find(WANTED[kind]).classList.toggle("wanted", awaiting === kind);
  });
  box.placeholder = say(HINTS[awaiting] || "say_hint");
  box.setAttribute("inputmode", awaiting === "contact" ? "tel" : "text");
  body.dataset.awaiting = awaiting || "";
}

function pick(id, kind) {
  const input = find(id);
  input.addEventListener("change", () => {
    const direct = kind === "voice" || id === "camera-file";
    if (input.files.length) tray.add(input.files, kind, { direct });
    input.value = "";
  });
}

// On a slow line somebody may have written before this was there; the button waits for it.
box.value = box.value.trimEnd() || tab.get("draft", "");
keepDraft();
find("send").disabled = false;
box.addEventListener("input", () => {
  keepDraft();
  grow();
  refreshSend();
});
box.addEventListener("keydown", (event) => {
  const plain = event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
  if (plain) {
    event.preventDefault();
    submit();
  }
});
find("say-form").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
if (find("try")) {
  find("try").addEventListener("click", () => {
    box.value = find("try").textContent;
    find("try").hidden = find("try-what").hidden = true;
    submit();
  });
}
find("tool-voice").addEventListener("click", () => {
  tellNote("");
  voice.start();
});
find("tool-photo").addEventListener("click", () => {
  tellNote("");
  find(profile.elder ? "camera-file" : "photo-file").click();
});
find("tool-place").addEventListener("click", () => place.open());
find("tool-menu").addEventListener("click", () => command("menu"));
pick("photo-file", "photo");
pick("camera-file", "photo");
pick("voice-file", "voice");

// --- the header ----------------------------------------------------------------------------------

const moreButton = find("more-button");
const more = find("more");

function closeMore() {
  more.hidden = true;
  moreButton.setAttribute("aria-expanded", "false");
}

moreButton.addEventListener("click", () => {
  more.hidden = !more.hidden;
  moreButton.setAttribute("aria-expanded", String(!more.hidden));
  if (!more.hidden) more.querySelector("button, a").focus();
});
document.addEventListener("click", (event) => {
  if (!more.contains(event.target) && !moreButton.contains(event.target)) closeMore();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !more.hidden) {
    closeMore();
    moreButton.focus();
  }
});
more.querySelectorAll("[data-command]").forEach((button) => {
  button.addEventListener("click", () => command(button.dataset.command));
});
if (find("elder-button")) {
  find("elder-button").addEventListener("click", () => {
    closeMore();
    speak({ type: "press", action: profile.elder ? "elder:off" : "elder:on" }, null);
  });
}
if (find("leave-button")) {
  const leave = find("leave-button");
  let armed = 0;
  leave.addEventListener("click", () => {
    if (Date.now() - armed > 8000) {
      armed = Date.now();
      leave.textContent = say("more_leave_sure");
      for (const one of [find("leave-note"), find("leave-code")]) if (one) one.hidden = false;
      return;
    }
    ask("POST", "/chat/session/end", { side })
      .then(() => {
        sessionOver(null);
        window.location.replace(window.location.pathname);
      })
      .catch(() => tellNote(say("leave_failed")));
  });
}

if (find("leave-code")) {
  find("leave-code").addEventListener("click", () => {
    closeMore();
    speak({ type: "press", action: "recovery" }, null);
  });
}

// --- earlier lines -------------------------------------------------------------------------------

let earlierDone = () => undefined;
find("earlier").addEventListener("click", () => {
  const before = view.talk.scrollHeight - view.talk.scrollTop;
  find("earlier").disabled = true;
  find("log").setAttribute("aria-live", "off");
  link.transmit({ type: "earlier", before: view.oldest });
  earlierDone = () => {
    view.talk.scrollTop = view.talk.scrollHeight - before;
    find("log").setAttribute("aria-live", "polite");
  };
});

// --- the first words -----------------------------------------------------------------------------

function paragraphs(names) {
  const into = find("welcome-text");
  into.textContent = "";
  names.forEach((name) => into.appendChild(element("p", "", say(name))));
}

function refreshWelcome() {
  const known = !hasSession || view.settled;
  const empty = view.isEmpty && !link.entries.some((one) => one.echo || one.frame.type === "start");
  welcome.hidden = !(known && (empty || arrived));
  if (welcome.hidden) return;
  const code = find("code-form");
  const stranger = side === "staff" && !hasSession && !arrived;
  code.hidden = !stranger;
  body.classList.toggle("stranger", stranger);
  find("welcome-more").hidden = hasSession;
  if (arrived && arrived.kind === "invite") {
    find("welcome-title").textContent = say("invite_title");
    paragraphs(["invite_text"]);
    begin.textContent = say("invite_accept");
  } else if (stranger) {
    find("welcome-title").textContent = say("staff_title");
    paragraphs(["staff_text"]);
    begin.textContent = say("invite_accept");
  } else if (arrived && arrived.kind === "link") {
    find("welcome-title").textContent = say("link_title");
    paragraphs(["link_text"]);
    begin.textContent = say("link_open");
  } else if (side === "staff") {
    find("welcome-title").textContent = say("staff_welcome_title");
    paragraphs(["staff_welcome_text"]);
    begin.textContent = say("begin");
  } else {
    find("welcome-title").textContent = say("welcome_title");
    paragraphs(arrived ? ["welcome_grid", "welcome_text", "welcome_private"] : ["welcome_text", "welcome_private"]);
    begin.textContent = say("begin");
  }
}

begin.addEventListener("click", () => {
  let payload = arrived ? arrived.payload : "";
  if (!find("code-form").hidden) {
    payload = find("code").value.trim();
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(payload)) {
      tellNote(say("invite_code_wrong"));
      find("code").focus();
      return;
    }
  }
  tellNote("");
  arrivalDone();
  body.classList.remove("stranger");
  speak({ type: "start", payload }, null);
  // Where fingers type, focus would open the keyboard over the answer.
  const fingers = window.matchMedia("(hover: none)").matches;
  (fingers ? view.talk : box).focus({ preventScroll: true });
});
find("code-form").addEventListener("submit", (event) => {
  event.preventDefault();
  begin.click();
});
["to-english", "to-chinese"].forEach((id) => {
  find(id).addEventListener("click", (event) => {
    event.preventDefault();
    setLanguage(id === "to-english" ? "en" : "zh-CN");
    refreshWelcome();
    refreshAwaiting();
  });
});

// --- begin ---------------------------------------------------------------------------------------

grow();
refreshSend();
refreshAwaiting();
if (leftUnsent) tellEnd(true, true);
if (hasSession) link.open();
else if (unsent().length) ensureSession();
refreshWelcome();
