// Light, dark, or as the system has it: read before anything is painted. Kept in this browser alone.
const NEXT = { system: "light", light: "dark", dark: "system" };

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

function storedTheme() {
  const stored = localStorage.getItem("tocsin-theme");
  return stored in NEXT ? stored : "system";
}

setTheme(storedTheme());

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-toggle]")) return;
  const theme = NEXT[storedTheme()];
  localStorage.setItem("tocsin-theme", theme);
  setTheme(theme);
});
