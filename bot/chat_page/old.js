// Only browsers without modules run this: they get a sentence and the telephone.
document.getElementById("old-browser").hidden = false;
document.getElementById("old-browser").removeAttribute("hidden");
