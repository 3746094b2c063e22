// The page's own words in both languages; the conversation's words come from the server.

const WORDS = JSON.parse(document.getElementById("words").textContent);

export function language() {
  return document.documentElement.lang;
}

export function say(name, fields) {
  const words = WORDS[language()] || WORDS["zh-CN"];
  let text = words[name] || name;
  Object.keys(fields || {}).forEach((field) => {
    text = text.split("{" + field + "}").join(String(fields[field]));
  });
  return text;
}

export function setLanguage(tag) {
  if (tag === language() || !WORDS[tag]) return false;
  document.documentElement.lang = tag;
  document.querySelectorAll("[data-w]").forEach((node) => {
    node.textContent = say(node.dataset.w);
  });
  document.querySelectorAll("[data-w-label]").forEach((node) => {
    node.setAttribute("aria-label", say(node.dataset.wLabel));
  });
  document.querySelectorAll("[data-w-placeholder]").forEach((node) => {
    node.setAttribute("placeholder", say(node.dataset.wPlaceholder));
  });
  document.querySelectorAll("[data-name-zh]").forEach((node) => {
    const english = tag === "en" && node.dataset.nameEn;
    node.textContent = english || node.dataset.nameZh;
  });
  return true;
}

// Give a node a word that follows when the language changes.
export function label(node, name) {
  node.dataset.w = name;
  node.textContent = say(name);
}
