// Notices of the browser for staff, while the page is open in the background: number and kind alone.
//
// They come through the open page: nothing is left with the makers of browsers, and nothing comes
// once the page is closed. The bar says so.

import { label, say } from "./words.js";

const NUMBER = /20\d\d-\d{5,}/;
// The kinds, the gravest first, and their words.
const KINDS = { urgent: "notices_urgent", overdue: "notices_overdue", news: "notices_news" };
const GRAVEST = Object.keys(KINDS);
// What comes together is one notice.
const GATHER = 400;

function find(id) {
  return document.getElementById(id);
}

function isAble() {
  return "Notification" in window && window.isSecureContext !== false;
}

// What may stand on a lock screen.
function glance(frame) {
  const choices = frame.choices.reduce((all, row) => all.concat(row), []);
  const actions = choices.map((choice) => choice.action || "");
  const numbers = actions.concat(frame.slot || "").map((one) => (NUMBER.exec(one) || [""])[0]);
  const named = numbers.filter((one, i) => one && numbers.indexOf(one) === i);
  const tones = frame.blocks.map((block) => block.tone);
  const kind = GRAVEST.find((one) => tones.indexOf(one) >= 0) || "news";
  return { number: named.length === 1 ? named[0] : "", kind };
}

export class Notices {
  // keep: what this device remembers; open: brings the page to what is new.
  constructor(keep, open) {
    this.bar = find("notices");
    this.keep = keep;
    this.open = open;
    this.gathered = [];
    this.timer = 0;
    this.yes = () => undefined;
    this.no = () => undefined;
    if (!this.bar) return;
    find("notices-yes").addEventListener("click", () => this.yes());
    find("notices-no").addEventListener("click", () => this.no());
    find("notices-button").addEventListener("click", () => this.show(true));
  }

  // Asks once, when somebody has come in; later the menu leads back here.
  begin() {
    if (!this.bar || !this.bar.hidden || this.keep.get("notices", "")) return;
    // Telephones take no notices from a page: who wants to know finds it in the menu.
    if (window.matchMedia("(hover: none)").matches) return;
    if (isAble() && window.Notification.permission === "default") this.show(false);
  }

  show(isWanted) {
    if (!isAble()) {
      if (isWanted) this.say("notices_unable", "", "notices_close");
    } else if (window.Notification.permission === "denied") this.denied();
    else if (this.isOn) {
      this.say("notices_are_on", "notices_try", "notices_off");
      this.yes = () => this.test();
      this.no = () => this.decline();
    } else {
      this.say("notices_ask", "notices_yes", "notices_no");
      this.yes = () => this.ask();
      this.no = () => this.decline();
    }
  }

  get isOn() {
    return isAble() && window.Notification.permission === "granted" && this.keep.get("notices", "") === "on";
  }

  say(text, yes, no) {
    label(find("notices-text"), text);
    find("notices-yes").hidden = !yes;
    if (yes) label(find("notices-yes"), yes);
    label(find("notices-no"), no);
    this.no = () => this.close();
    this.bar.hidden = false;
  }

  close() {
    this.bar.hidden = true;
  }

  decline() {
    this.keep.set("notices", "off");
    this.close();
  }

  ask() {
    // Older browsers answer by a call and give no promise.
    new Promise((answer) => {
      const promised = window.Notification.requestPermission(answer);
      if (promised && promised.then) promised.then(answer, () => answer("denied"));
    }).then((permission) => {
      if (permission === "granted") {
        this.keep.set("notices", "on");
        this.test();
      } else if (permission === "denied") this.denied();
      else this.close();
    });
  }

  denied() {
    this.say("notices_denied", "notices_again", "notices_close");
    this.yes = () => (window.Notification.permission === "denied" ? this.denied() : this.ask());
  }

  // A notice that says that it is a test, and the question whether it was seen.
  test() {
    if (!this.put(say("notices_test"), "linli-test", false)) {
      this.keep.set("notices", "off");
      this.say("notices_unable", "", "notices_close");
      return;
    }
    this.say("notices_seen", "notices_seen_yes", "notices_seen_no");
    this.yes = () => this.close();
    this.no = () => {
      this.say("notices_unseen", "notices_try", "notices_close");
      this.yes = () => this.test();
    };
  }

  put(text, tag, stays) {
    try {
      const notice = new window.Notification(say("title_staff"), {
        body: text,
        tag,
        lang: document.documentElement.lang,
        requireInteraction: stays,
      });
      notice.onclick = () => {
        window.focus();
        notice.close();
        this.open();
      };
      return true;
    } catch (error) {
      // Phones take none from a page; they would from a worker, to which nothing arrives either.
      return false;
    }
  }

  // A message has come.
  tell(frame) {
    if (!this.bar || frame.seen || !document.hidden || !this.isOn) return;
    this.gathered.push(Object.assign({ seq: frame.seq }, glance(frame)));
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.flush(), GATHER);
  }

  flush() {
    const all = this.gathered;
    this.gathered = [];
    if (!all.length || !document.hidden) return;
    const kind = GRAVEST.find((one) => all.some((each) => each.kind === one));
    const numbers = all.map((one) => one.number).filter((one, i, list) => one && list.indexOf(one) === i);
    const number = numbers.length === 1 ? numbers[0] : "";
    const count = numbers.length > 1 ? numbers.length : 0;
    const fields = { count, number, kind: say(KINDS[kind]) };
    const text = say(count ? "notices_several" : number ? "notices_one" : "notices_any", fields);
    this.put(text, "linli-" + (number || all[all.length - 1].seq), kind === "urgent");
  }
}
