// Measures what tests/browser/test_access.py asks about; runs inside the page.
(() => {
  const shown = (node) => {
    if (!node.getClientRects().length) return false;
    const style = getComputedStyle(node);
    const box = node.getBoundingClientRect();
    const clipped = style.clip === "rect(0px, 0px, 0px, 0px)" || style.clipPath === "inset(50%)";
    return style.visibility === "visible" && !clipped && box.width > 1 && box.height > 1;
  };
  const hiddenAbove = (node) => {
    for (let at = node; at; at = at.parentElement) if (!shown(at) && at !== document.documentElement) return true;
    return false;
  };
  const parse = (text) => {
    const parts = text.match(/[\d.]+/g).map(Number);
    return { r: parts[0], g: parts[1], b: parts[2], a: parts.length > 3 ? parts[3] : 1 };
  };
  const over = (top, under) => {
    const mix = (a, b) => a * top.a + b * (1 - top.a);
    return { r: mix(top.r, under.r), g: mix(top.g, under.g), b: mix(top.b, under.b), a: 1 };
  };
  const behind = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) {
      layers.push(parse(getComputedStyle(at).backgroundColor));
      if (layers[layers.length - 1].a === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), { r: 255, g: 255, b: 255, a: 1 });
  };
  const light = (colour) => {
    const part = (value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * part(colour.r) + 0.7152 * part(colour.g) + 0.0722 * part(colour.b);
  };
  const ratio = (a, b) => {
    const [dark, bright] = [light(a), light(b)].sort((x, y) => x - y);
    return (bright + 0.05) / (dark + 0.05);
  };
  window.measures = {
    // Texts whose contrast is below what WCAG AA asks (1.4.3).
    pale() {
      const found = [];
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walk.nextNode()) {
        const node = walk.currentNode.parentElement;
        const words = walk.currentNode.textContent.trim();
        if (!words || !node || ["SCRIPT", "STYLE", "NOSCRIPT"].includes(node.tagName)) continue;
        if (hiddenAbove(node)) continue;
        const style = getComputedStyle(node);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        const under = behind(node);
        const has = ratio(over(parse(style.color), under), under);
        if (has < (large ? 3 : 4.5)) found.push(words.slice(0, 20) + " " + has.toFixed(2));
      }
      document.querySelectorAll("textarea, input:not([type=file])").forEach((node) => {
        if (hiddenAbove(node)) return;
        const colour = parse(getComputedStyle(node, "::placeholder").color);
        const has = ratio(colour, behind(node));
        if (has < 4.5) found.push(node.id + " placeholder " + has.toFixed(2));
        const edge = ratio(parse(getComputedStyle(node).borderTopColor), behind(node.parentElement));
        if (edge < 3) found.push(node.id + " border " + edge.toFixed(2));
      });
      return found;
    },
    // What marks a control, a tone or the focus and is below 3 : 1 (1.4.11): edges or fills, signs.
    faint() {
      const found = [];
      const marks = (node) => node.className.baseVal || node.className || node.id || node.tagName;
      const edges = (node) =>
        Math.max(
          ...["borderTopColor", "borderLeftColor", "backgroundColor"].map((name) => {
            const style = getComputedStyle(node);
            if (name === "borderTopColor" && !parseFloat(style.borderTopWidth)) return 1;
            if (name === "borderLeftColor" && !parseFloat(style.borderLeftWidth)) return 1;
            const around = behind(node.parentElement);
            return ratio(over(parse(style[name]), around), around);
          }),
        );
      document.querySelectorAll(".choice, #say, #code, .state-button, .demo-mark button, .clock-steps button:enabled, .reset, .to-newest.is-plain, form button, input[type=text]").forEach((node) => {
        // An answered step steps back: what can still be used in it says so in words.
        if (hiddenAbove(node) || node.closest(".answered") || node.matches(".send:not(.armed)")) return;
        if (edges(node) < 3) found.push(marks(node) + " edge " + edges(node).toFixed(2));
      });
      document.querySelectorAll("svg.icon").forEach((node) => {
        if (hiddenAbove(node)) return;
        const under = behind(node.parentElement);
        const has = ratio(over(parse(getComputedStyle(node).color), under), under);
        if (has < 3) found.push(marks(node.parentElement) + " sign " + has.toFixed(2));
      });
      const focused = document.activeElement;
      if (focused && focused !== document.body && getComputedStyle(focused).outlineStyle !== "none") {
        const has = ratio(parse(getComputedStyle(focused).outlineColor), behind(focused.parentElement));
        if (has < 3) found.push(marks(focused) + " focus " + has.toFixed(2));
      }
      return found;
    },
    // Whatever is red and is no danger.
    red() {
      const isRed = (colour) => {
        const high = Math.max(colour.r, colour.g, colour.b);
        const low = Math.min(colour.r, colour.g, colour.b);
        if (colour.a < 0.5 || high - low < 40 || high !== colour.r) return false;
        // Amber and brown lie beyond 20 degrees.
        return (60 * Math.abs(colour.g - colour.b)) / (high - low) < 20;
      };
      return Array.from(document.body.querySelectorAll("*"))
        .filter((node) => !hiddenAbove(node) && !node.closest(".emergency, .tone-urgent, .outage-number, img"))
        .filter((node) => {
          const style = getComputedStyle(node);
          const edge = parseFloat(style.borderTopWidth) ? [style.borderTopColor] : [];
          return [style.color, style.backgroundColor, ...edge].map(parse).some(isRed);
        })
        .map((node) => node.outerHTML.slice(0, 80));
    },
    // Whatever can be used but has no name for a screen reader.
    nameless() {
      const found = [];
      document.querySelectorAll("button, a[href], input, textarea, audio, iframe, [role=dialog], [role=log], [role=region]").forEach((node) => {
        if (node.getAttribute("aria-hidden") === "true" || node.closest("[aria-hidden=true]")) return;
        const by = (node.getAttribute("aria-labelledby") || "").split(" ").filter(Boolean);
        const words =
          node.getAttribute("aria-label") ||
          by.map((id) => (document.getElementById(id) || {}).textContent || "").join("") ||
          (node.labels && Array.from(node.labels).map((one) => one.textContent).join("")) ||
          node.getAttribute("title") ||
          (["BUTTON", "A"].includes(node.tagName) ? node.textContent : "");
        if (!words || !words.trim()) found.push(node.outerHTML.slice(0, 80));
      });
      document.querySelectorAll("img").forEach((node) => {
        if (!node.hasAttribute("alt")) found.push(node.outerHTML.slice(0, 80));
      });
      return found;
    },
    // Whatever a finger would miss: less than `least` pixels wide or high.
    small(least) {
      return Array.from(document.querySelectorAll("button, a[href]"))
        .filter((node) => !hiddenAbove(node) && !node.classList.contains("skip"))
        .filter((node) => {
          const box = node.getBoundingClientRect();
          return box.width < least || box.height < least;
        })
        .map((node) => {
          const box = node.getBoundingClientRect();
          return (node.id || node.className || node.textContent) + " " + box.width.toFixed(0) + "x" + box.height.toFixed(0);
        });
    },
    // How far the page is wider than its window, and elements that stick out.
    wide() {
      const found = [];
      const limit = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth > limit) found.push("page " + document.documentElement.scrollWidth);
      const talk = document.getElementById("talk");
      if (talk && talk.scrollWidth > talk.clientWidth) found.push("talk " + talk.scrollWidth);
      return found;
    },
    doubles() {
      const ids = Array.from(document.querySelectorAll("[id]")).map((node) => node.id);
      return ids.filter((id, at) => ids.indexOf(id) !== at);
    },
    // The look of whatever has the focus now.
    focus() {
      const node = document.activeElement;
      const style = getComputedStyle(node);
      return {
        id: node.id || node.className || node.tagName,
        width: parseFloat(style.outlineWidth),
        style: style.outlineStyle,
      };
    },
  };
})();
