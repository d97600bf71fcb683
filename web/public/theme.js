// Runs before the first paint: a file of its own, because the content-security policy allows no inline script.
(function () {
  var choice = "system";
  try {
    choice = localStorage.getItem("arb.theme") || "system";
  } catch {
    choice = "system"; // storage is switched off
  }
  var dark = choice === "dark" || (choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
