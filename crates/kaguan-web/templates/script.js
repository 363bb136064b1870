// What pages do better with a script, and do without it: a form in work is kept on the server, the keyboard, a button pressed once.
"use strict";

// A form with data-draft is put aside while somebody types: texts and choices, never files.
for (const form of document.querySelectorAll("form[data-draft]")) {
  const said = form.querySelector("[data-saved]");
  let timer = 0;
  let sent = false;
  const keep = async () => {
    timer = 0;
    if (sent) return;
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: fields, redirect: "manual" });
      const time = new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
      said.textContent = answer.status === 204 ? `草稿已存 ${time}` : "草稿没有存上，请勿关闭本页";
    } catch {
      said.textContent = "草稿没有存上，请勿关闭本页";
    }
  };
  form.addEventListener("input", () => { if (!timer) timer = setTimeout(keep, 2000); });
  form.addEventListener("submit", () => { sent = true; clearTimeout(timer); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && timer) { clearTimeout(timer); keep(); } });
}

// "/" goes to the field that finds a holder, as long as nobody types; Ctrl+Enter sends the form that one is in.
document.addEventListener("keydown", (event) => {
  const here = document.activeElement;
  const types = here && here.matches("input,textarea,select");
  if (event.key === "/" && !types) {
    const find = document.querySelector(".find input");
    if (find) { find.focus(); event.preventDefault(); }
  }
  if (event.key === "Enter" && event.ctrlKey && here && here.form) here.form.requestSubmit();
});

// A form that is on its way says so, and its button is not pressed again; the server would show the first result anyhow.
document.addEventListener("submit", (event) => {
  const form = event.target;
  setTimeout(() => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    form.setAttribute("aria-busy", "true");
  }, 0);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) {
    form.removeAttribute("aria-busy");
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  }
});

// What is wider than its place is scrolled by the keyboard, too.
const scrolled = new ResizeObserver((seen) => {
  for (const { target } of seen) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const wide of document.querySelectorAll("table, .paper")) scrolled.observe(wide);
