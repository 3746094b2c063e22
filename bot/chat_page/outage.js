// What the page says while nothing gets through: the truth, a telephone number, and in danger the
// numbers to call. The list of words is short on purpose: the server reads better, once it hears.

import { element } from "./elements.js";
import { say } from "./words.js";

const NUMBERS = [
  ["110", "outage_110"],
  ["119", "outage_119"],
  ["120", "outage_120"],
  ["122", "outage_122"],
];

function isDangerous(text) {
  const low = (text || "").toLowerCase();
  return say("outage_danger_words")
    .split("|")
    .some((word) => low.indexOf(word) >= 0);
}

function dial(number, text) {
  const link = element("a", "outage-number", text);
  link.href = "tel:" + number.replace(/[^0-9+*#]/g, "");
  return link;
}

// node: where it is said. phone: the office's, may be empty.
export class Outage {
  constructor(node, phone) {
    this.node = node;
    this.phone = phone;
  }

  clear() {
    this.node.hidden = true;
    this.node.textContent = "";
  }

  // A sentence and nothing else.
  plain(text) {
    this.node.textContent = text;
    this.node.hidden = !text;
  }

  // unsent: the texts that were not stored yet. name: the sentence for it.
  tell(name, unsent) {
    const danger = unsent.some(isDangerous);
    this.node.textContent = "";
    if (danger) {
      this.node.appendChild(element("strong", "", say("outage_danger")));
      NUMBERS.forEach((one) => this.node.appendChild(dial(one[0], say(one[1]))));
    }
    this.node.appendChild(element("span", "", say(name)));
    if (this.phone && name !== "line_down") {
      this.node.appendChild(dial(this.phone, say("outage_phone", { phone: this.phone })));
    }
    this.node.hidden = false;
  }
}
