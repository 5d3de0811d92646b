// The case form: nothing typed is lost by leaving the page by mistake.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("case");
  if (!form) return;
  let typed = false;
  form.addEventListener("input", () => { typed = true; });
  form.addEventListener("submit", () => { typed = false; });
  addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
});
