// What this device can draw. Where it has no Chinese, the page brings a font along; where it has no
// emoji, the signs before words are left out: the words say it all.

const SIZE = 40;

function pen() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  return canvas.getContext("2d");
}

function draw(text) {
  const context = pen();
  context.font = "30px " + window.getComputedStyle(document.body).fontFamily;
  context.textBaseline = "middle";
  context.fillText(text, 2, SIZE / 2);
  return context.getImageData(0, 0, SIZE, SIZE).data;
}

// The character for "one" is a single stroke; a box that stands for a missing character is tall.
function drawsChinese() {
  const pixels = draw("一");
  let first = -1;
  let last = -1;
  for (let at = 3; at < pixels.length; at += 4) {
    if (pixels[at] < 64) continue;
    last = Math.floor(at / 4 / SIZE);
    if (first < 0) first = last;
  }
  return first >= 0 && last - first < 12;
}

// Emoji come in colours, boxes do not.
function drawsEmoji() {
  const pixels = draw("📋");
  for (let at = 0; at < pixels.length; at += 4) {
    const [red, green, blue] = [pixels[at], pixels[at + 1], pixels[at + 2]];
    if (pixels[at + 3] > 64 && Math.max(red, green, blue) - Math.min(red, green, blue) > 24) return true;
  }
  return false;
}

function quietly(ask) {
  try {
    return ask();
  } catch (error) {
    return true;
  }
}

const hasEmoji = quietly(drawsEmoji);
const SIGNS = /(^|\n)(?:[\u2190-\u2bff\ufe0f\u200d]|[\ud83c-\ud83e][\udc00-\udfff])+\s+/g;

// A wording as this device can show it.
export function drawable(text) {
  return hasEmoji ? text : text.replace(SIGNS, "$1");
}

export function bringFont() {
  if (quietly(drawsChinese)) return;
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = document.documentElement.dataset.fonts;
  document.head.appendChild(sheet);
  document.documentElement.classList.add("brings-font");
  // Words that have got their shape take another room.
  if (document.fonts && document.fonts.addEventListener) {
    document.fonts.addEventListener("loadingdone", () => window.dispatchEvent(new Event("resize")));
  }
}
