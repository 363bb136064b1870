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
// A form with data-drop takes files that are dropped anywhere on its page into its file field, and says which are chosen.
for (const form of document.querySelectorAll("form[data-drop]")) {
  const field = form.querySelector("input[type=file]");
  const said = form.querySelector("[data-chosen]");
  const tell = () => {
    const names = [...field.files].map((file) => file.name);
    said.textContent = names.length ? `已选择${names.length}个文件：${names.join("、")}` : "";
  };
  form.querySelector(".drop-hint").hidden = false;
  field.addEventListener("change", tell);
  const carries = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  const over = (event) => { if (carries(event)) { event.preventDefault(); form.classList.add("dropping"); } };
  document.addEventListener("dragenter", over);
  document.addEventListener("dragover", over);
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) form.classList.remove("dropping"); });
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    form.classList.remove("dropping");
    field.files = event.dataTransfer.files;
    tell();
    form.querySelector("button").focus();
  });
}

// What has data-progress is asked every second how far it is; when it is done the page is shown again.
for (const part of document.querySelectorAll("[data-progress]")) {
  const bar = part.querySelector("progress");
  const said = part.querySelector("[data-stage]");
  const ask = async () => {
    try {
      const answer = await fetch(part.dataset.progress, { headers: { accept: "application/json" }, redirect: "error" });
      const now = await answer.json();
      if (!now.running) { location.reload(); return; }
      said.textContent = now.stage;
      if (now.of > 0) { bar.max = now.of; bar.value = now.done; } else bar.removeAttribute("value");
    } catch {
      said.textContent = "暂时没有连上服务器，稍后再试；上传仍在进行";
    }
    setTimeout(ask, 1000);
  };
  setTimeout(ask, 500);
}
