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
      said.textContent = answer.status === 204 ? `草稿已存 ${time}，不含附件（照片、影像）` : "草稿没有存上，请勿关闭本页";
    } catch {
      said.textContent = "草稿没有存上，请勿关闭本页";
    }
  };
  form.addEventListener("input", () => { if (!timer) timer = setTimeout(keep, 2000); });
  form.addEventListener("submit", () => { sent = true; clearTimeout(timer); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && timer) { clearTimeout(timer); keep(); } });
}

// 领卡网点: once the bank is chosen, no other bank's outlet can be, for it gives out none of its cards.
for (const outlets of document.querySelectorAll("select[data-of-bank]")) {
  const bank = outlets.form.elements[outlets.dataset.ofBank];
  const narrow = () => {
    // What was refused stays, with why beside it.
    const kept = outlets.hasAttribute("aria-invalid") ? outlets.selectedOptions[0] : null;
    for (const outlet of outlets.options) {
      const another = Boolean(outlet !== kept && outlet.dataset.bank && bank.value && outlet.dataset.bank !== bank.value);
      outlet.disabled = another;
      outlet.hidden = another;
    }
    const chosen = outlets.selectedOptions[0];
    // The first says that nothing is chosen.
    if (chosen && chosen.disabled) outlets.selectedIndex = 0;
  };
  if (bank) { bank.addEventListener("change", narrow); narrow(); }
}

// A session ends when nobody has used it for half an hour, and twelve hours after it began. Its page says so in time and puts aside what
// was typed, goes on with the session while somebody works in it, and leaves nothing of anybody on the screen afterwards.
if (document.body.dataset.idle) {
  const told = document.querySelector(".ending");
  const [said, stay] = [told.querySelector("span"), told.querySelector("button")];
  const [MINUTE, GRACE] = [60000, 60000];
  const time = (at) => new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
  // When the server last heard of the session from a page of this browser, and when somebody last typed or pointed here.
  let heard = Date.now();
  let used = heard;
  // When it was found to be over, signed out elsewhere.
  let over = 0;
  let old = heard + document.body.dataset.left * 1000;
  const shared = (now) => {
    try {
      if (now) localStorage.setItem("kaguan-heard", now);
      return Number(localStorage.getItem("kaguan-heard")) || 0;
    } catch {
      return 0;
    }
  };
  shared(heard);

  // Forms in which somebody typed, each with its draft: not those with a draft of their own, a search for somebody, or a password.
  const typed = new Map();
  const isKept = (form) => {
    if (form.getAttribute("method") !== "post" || !(form.getAttribute("action") || "").includes("once=")) return false;
    if (form.matches("[data-draft], .find") || form.querySelector("input[type=password]")) return false;
    const fields = form.querySelectorAll("input:not([type=hidden]), select, textarea");
    return fields.length > 1 || fields[0].name !== "number";
  };
  document.addEventListener("input", ({ target: { form } }) => {
    if (!form || !isKept(form)) return;
    const of = typed.get(form) || {};
    of.kept = false;
    typed.set(form, of);
  });
  document.addEventListener("submit", ({ target }) => typed.delete(target));
  let keeping = 0;
  const keep = async () => {
    keeping = Date.now();
    let [lost, some] = [false, false];
    for (const [form, of] of typed) {
      if (of.kept) { some = true; continue; }
      const fields = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
      const path = new URL(form.getAttribute("action"), location.href).pathname;
      const draft = of.draft ? `&draft=${of.draft}` : "";
      of.kept = true;
      try {
        const to = `${told.dataset.keep}&form=${encodeURIComponent(path)}${draft}&quiet=1`;
        const answer = await fetch(to, { method: "POST", body: fields, redirect: "manual" });
        if (!answer.ok) { of.kept = false; lost = true; continue; }
        const id = await answer.text();
        if (id && !of.draft) {
          of.draft = id;
          form.setAttribute("action", `${form.getAttribute("action")}&draft=${id}`);
        }
        some = true;
      } catch {
        of.kept = false;
        lost = true;
      }
    }
    if (lost) return "所填内容没有存为草稿，请尽快提交。";
    return some ? "所填内容已存为草稿，不含附件（照片、影像），登录后在“今日工作”继续办理。" : "";
  };

  const ask = async () => {
    heard = Date.now();
    try {
      const answer = await fetch("/sign-in/stay", { redirect: "manual" });
      if (answer.ok) {
        shared(heard);
        old = heard + Number(await answer.text()) * 1000;
      } else over = Date.now();
    } catch {
      // The line is broken: the next time tells.
    }
  };
  stay.addEventListener("click", ask);
  for (const sign of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"]) {
    document.addEventListener(sign, () => { used = Date.now(); }, { passive: true });
  }
  let forms = "";
  setInterval(async () => {
    const now = Date.now();
    heard = Math.max(heard, Math.min(shared(), now));
    if (!over && now - heard > 5 * MINUTE && now - used < MINUTE && now < old) await ask();
    if (over) {
      said.textContent = "登录已退出，本页不能再办理。请重新登录。";
      stay.hidden = true;
      told.hidden = false;
      if (now > over + 5 * MINUTE) location.replace("/sign-in");
      return;
    }
    const unused = heard + document.body.dataset.idle * 1000 - GRACE;
    const end = Math.min(unused, old);
    if (now > end + GRACE) { location.replace("/sign-in"); return; }
    if (now < end - (end === old ? 10 : 5) * MINUTE) { told.hidden = true; return; }
    const changed = [...typed.values()].some((of) => !of.kept);
    if (changed && now - keeping > 10000) forms = await keep();
    stay.hidden = end === old;
    const why = end === old ? "登录将满十二小时，须重新登录：将于" : "已有一段时间没有操作，登录将于";
    const text = `${why}${time(end)}退出。${forms}`;
    if (said.textContent !== text) said.textContent = text;
    told.hidden = false;
  }, 1000);
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

// A list that becomes blocks on a narrow screen has its heads before its cells.
for (const table of document.querySelectorAll("table.cols:not(.listed)")) {
  const heads = [...(table.tHead ? table.tHead.rows[0].cells : [])].map((head) => head.textContent.trim());
  for (const body of table.tBodies) for (const row of body.rows) {
    if (row.cells.length !== heads.length) continue;
    for (const [n, cell] of [...row.cells].entries()) {
      if (heads[n] && cell.textContent.trim() && !cell.querySelector("form, table")) cell.dataset.head = heads[n];
    }
  }
}

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

// What has data-progress is asked every second how far it is; when it is done the page is shown again, unless files are chosen on it, which
// would be forgotten: then it says so itself.
const chosen = () => [...document.querySelectorAll("form[data-drop] input[type=file]")].some((field) => field.files.length > 0);
for (const part of document.querySelectorAll("[data-progress]")) {
  const bar = part.querySelector("progress");
  const said = part.querySelector("[data-stage]");
  const ask = async () => {
    try {
      const answer = await fetch(part.dataset.progress, { headers: { accept: "application/json" }, redirect: "error" });
      const now = await answer.json();
      if (!now.running && !chosen()) { location.reload(); return; }
      said.textContent = now.stage;
      if (!now.running) { bar.remove(); part.querySelector(".tag").textContent = "办完"; return; }
      if (now.of > 0) { bar.max = now.of; bar.value = now.done; } else bar.removeAttribute("value");
    } catch {
      said.textContent = "暂时没有连上服务器，稍后再试；上传仍在进行";
    }
    setTimeout(ask, 1000);
  };
  setTimeout(ask, 500);
}

// A photo is chosen or taken by the camera, moved and enlarged behind a frame of 358×441, cut to a JPEG of the standard, and looked at by
// the server before the form is sent. Pages that file documents photograph theirs by the same camera.
{
  const WIDE = 358;
  const HIGH = 441;
  const make = (name, text, attributes = {}) => {
    const element = document.createElement(name);
    element.textContent = text;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const button = (text, press) => {
    const made = make("button", text, { type: "button", class: "quiet" });
    made.addEventListener("click", press);
    return made;
  };
  const jpeg = (canvas, quality) => Uint8Array.from(atob(canvas.toDataURL("image/jpeg", quality).split(",")[1]), (c) => c.charCodeAt(0));
  const put = (input, files) => {
    const all = new DataTransfer();
    for (const file of files) all.items.add(file);
    input.files = all.files;
  };

  // Shows what the camera sees until it is told to stop; each picture that is taken is handed over.
  const camera = async (place, say, taken, once) => {
    if (!navigator.mediaDevices) {
      say("本页不是安全连接（https），浏览器不提供摄像头。请改用选择文件，或请管理员启用安全连接");
      return;
    }
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { width: { ideal: 1920 }, height: { ideal: 1080 } } });
    } catch {
      say("摄像头没有打开：没有接摄像头，或没有允许本页使用");
      return;
    }
    const video = make("video", "", { playsinline: "", "aria-label": "摄像头画面" });
    const row = make("div", "", { class: "row" });
    const end = () => { for (const track of stream.getTracks()) track.stop(); video.remove(); row.remove(); };
    const take = button("拍摄", async () => {
      const picture = await createImageBitmap(video);
      if (once) end();
      taken(picture);
    });
    take.className = "";
    row.append(take, button("关闭摄像头", end));
    place.append(video, row);
    video.muted = true;
    video.srcObject = stream;
    await video.play();
    take.focus();
    say("对准后按“拍摄”");
  };

  for (const field of document.querySelectorAll("[data-photo]")) {
    const input = field.querySelector("input[type=file]");
    input.accept = "image/*";
    const said = make("p", "", { role: "status", class: "muted" });
    const film = make("div", "");
    const stage = make("div", "", { class: "cutter" });
    const canvas = make("canvas", "", { width: WIDE, height: HIGH, tabindex: "0", role: "img", "aria-label": "裁剪框358×441：方向键移动相片，加号放大，减号缩小，回车裁剪并检查" });
    const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawn.setAttribute("viewBox", `0 0 ${WIDE} ${HIGH}`);
    drawn.setAttribute("aria-hidden", "true");
    const found = make("ul", "", { class: "findings" });
    const tools = make("div", "", { class: "row" });
    const desk = make("div", "", { class: "judged" });
    const beside = make("div", "");
    const say = (text) => { said.textContent = text; };
    let picture = null;
    let scale = 1;
    let left = 0;
    let top = 0;
    // Whether the form's file is not what the frame shows.
    let moved = false;
    let asked = 0;

    const line = (name, of, look) => {
      const shape = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(of)) shape.setAttribute(key, value);
      shape.setAttribute("class", look);
      drawn.append(shape);
    };
    // Where Appendix 6 wants the crown, the middle line and, at the lowest, the eyes.
    const guides = () => {
      drawn.replaceChildren();
      line("rect", { x: 0, y: 7, width: WIDE, height: 14 }, "guide");
      line("rect", { x: 162, y: 0, width: 34, height: HIGH }, "guide");
      line("line", { x1: 0, x2: WIDE, y1: HIGH - 207, y2: HIGH - 207 }, "guide");
    };
    const paint = (onto) => {
      const pen = onto.getContext("2d");
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, WIDE, HIGH);
      pen.imageSmoothingQuality = "high";
      pen.drawImage(picture, left, top, picture.width * scale, picture.height * scale);
    };
    const show = () => {
      const [w, h] = [picture.width * scale, picture.height * scale];
      // A part of the picture always stays within the frame.
      left = Math.min(WIDE - 40, Math.max(40 - w, left));
      top = Math.min(HIGH - 40, Math.max(40 - h, top));
      paint(canvas);
    };
    const changed = () => {
      show();
      guides();
      found.replaceChildren();
      moved = true;
      asked += 1;
      say("取景后按“裁剪并检查”");
    };
    const zoom = (by, x = WIDE / 2, y = HIGH / 2) => {
      const to = Math.min(8, Math.max(0.02, scale * by));
      left = x - (x - left) * (to / scale);
      top = y - (y - top) * (to / scale);
      scale = to;
      changed();
    };
    const move = (x, y) => { left += x; top += y; changed(); };

    const check = async (file) => {
      const mine = (asked += 1);
      const body = new FormData();
      body.append("photo", file);
      say("正在检查…");
      let judged;
      try {
        const answer = await fetch(field.dataset.photo, { method: "POST", body, redirect: "manual" });
        judged = await answer.json();
      } catch {
        if (mine === asked) say("相片没有检查：登录已经结束，或连接中断。提交时还会检查");
        return;
      }
      if (mine !== asked) return;
      if (judged.why) { say(judged.why); return; }
      guides();
      found.replaceChildren();
      for (const one of judged.findings) {
        const look = one.refuses ? "mark bad" : "mark";
        for (const m of one.marks) {
          if (m.kind === "box") line("rect", { x: m.x, y: m.y, width: m.w, height: m.h }, look);
          if (m.kind === "level") line("line", { x1: 0, x2: WIDE, y1: m.y, y2: m.y }, look);
          if (m.kind === "upright") line("line", { x1: m.x, x2: m.x, y1: 0, y2: HIGH }, look);
        }
        const item = make("li", one.remedy ? `${one.text}。${one.remedy}` : one.text);
        if (one.refuses) item.className = "bad";
        found.append(item);
      }
      const kb = (file.size / 1024).toFixed(1);
      if (!judged.passes) say("相片不合格，标红的须改正");
      else if (judged.findings.length) say(`相片可以提交（${kb}KB）；以下各项请人工核对`);
      else say(`相片合格，已放入表单（${kb}KB）`);
    };

    // The frame as a JPEG of the standard: within 14 to 40 KB where that can be, and with its 350 dots an inch said.
    const cut = () => {
      const out = make("canvas", "", { width: WIDE, height: HIGH });
      paint(out);
      let bytes = jpeg(out, 0.7);
      for (const quality of bytes.length < 14 * 1024 ? [0.75, 0.8] : [0.65, 0.6]) {
        if (bytes.length >= 14 * 1024 && bytes.length <= 40 * 1024) break;
        bytes = jpeg(out, quality);
      }
      const said350 = [1, 1, 94, 1, 94];
      if (bytes[2] === 0xff && bytes[3] === 0xe0) {
        bytes.set(said350, 13);
      } else {
        const head = [0xff, 0xe0, 0, 16, 74, 70, 73, 70, 0, 1, 1, ...said350, 0, 0];
        bytes = Uint8Array.from([0xff, 0xd8, ...head, ...bytes.subarray(2)]);
      }
      const file = new File([bytes], "photo.jpg", { type: "image/jpeg" });
      put(input, [file]);
      moved = false;
      const from = input.form.elements.photo_from;
      if (from) from.value = "file";
      return file;
    };
    const open = (bitmap) => {
      picture = bitmap;
      scale = Math.max(WIDE / picture.width, HIGH / picture.height);
      left = (WIDE - picture.width * scale) / 2;
      top = (HIGH - picture.height * scale) / 2;
      desk.hidden = false;
      changed();
      canvas.focus();
    };

    input.addEventListener("change", async () => {
      const file = input.files[0];
      if (!file) { desk.hidden = true; picture = null; moved = false; return; }
      let bitmap;
      try {
        bitmap = await createImageBitmap(file);
      } catch {
        say("这个文件不是浏览器能读的图片，请选择JPG或PNG");
        return;
      }
      open(bitmap);
      // What has the size already is not written again.
      if (file.type === "image/jpeg" && bitmap.width === WIDE && bitmap.height === HIGH) {
        moved = false;
        const from = input.form.elements.photo_from;
        if (from) from.value = "file";
        check(file);
      }
    });
    canvas.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? 20 : 4;
      const does = {
        ArrowLeft: () => move(-step, 0), ArrowRight: () => move(step, 0), ArrowUp: () => move(0, -step), ArrowDown: () => move(0, step),
        "+": () => zoom(1.05), "=": () => zoom(1.05), "-": () => zoom(1 / 1.05), Enter: () => check(cut()),
      }[event.key];
      if (!does || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      does();
    });
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return [((event.clientX - box.left) * WIDE) / box.width, ((event.clientY - box.top) * HIGH) / box.height];
    };
    let held = null;
    canvas.addEventListener("pointerdown", (event) => { held = at(event); canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener("pointermove", (event) => {
      if (!held) return;
      const now = at(event);
      move(now[0] - held[0], now[1] - held[1]);
      held = now;
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { held = null; });
    canvas.addEventListener("wheel", (event) => { event.preventDefault(); zoom(event.deltaY < 0 ? 1.05 : 1 / 1.05, ...at(event)); }, { passive: false });
    // What is in the frame is what is sent.
    input.form.addEventListener("submit", () => { if (picture && moved) cut(); });

    const go = button("裁剪并检查", () => check(cut()));
    go.className = "";
    tools.append(go, button("放大", () => zoom(1.05)), button("缩小", () => zoom(1 / 1.05)));
    stage.append(canvas, drawn);
    beside.append(make("p", "拖动或用方向键移动，滚轮或加减号缩放。浅色带为头顶和两眼中线应在的位置，横线为眼睛的最低位置。", { class: "muted" }), tools, found);
    desk.append(stage, beside);
    desk.hidden = true;
    field.append(button("用摄像头拍照", () => camera(film, say, open, true)), film, said, desk);
  }

  for (const input of document.querySelectorAll("input[data-pages]")) {
    const said = make("p", "", { role: "status", class: "muted" });
    const film = make("div", "");
    const say = (text) => { said.textContent = text; };
    const taken = (picture) => {
      const page = make("canvas", "", { width: picture.width, height: picture.height });
      page.getContext("2d").drawImage(picture, 0, 0);
      const name = `page-${input.files.length + 1}.jpg`;
      put(input, [...input.files, new File([jpeg(page, 0.85)], name, { type: "image/jpeg" })]);
      say(`已有${input.files.length}页；可继续拍摄下一页`);
    };
    const place = make("div", "");
    place.append(button("用摄像头拍摄", () => camera(film, say, taken, false)), film, said);
    input.closest("label").after(place);
  }

  // A scanner beside the desk: what lies on it becomes a file of the form, as if it had been chosen.
  const kinds = { "image/jpeg": "jpg", "image/png": "png", "image/tiff": "tif", "application/pdf": "pdf" };
  for (const input of document.body.dataset.scan ? document.querySelectorAll("input[data-paper]") : []) {
    const said = make("p", "", { role: "status", class: "muted" });
    const seen = make("div", "", { class: "scanned" });
    const say = (text) => { said.textContent = text; };
    const show = async (paper) => {
      let picture;
      try { picture = await createImageBitmap(paper); } catch { return; }
      const [width, height] = [180, Math.round((180 * picture.height) / picture.width)];
      const small = make("canvas", "", { width, height, role: "img", "aria-label": "扫描的页" });
      small.getContext("2d").drawImage(picture, 0, 0, width, height);
      seen.append(small);
    };
    const scan = button("扫描", async () => {
      scan.disabled = true;
      say("正在扫描…");
      try {
        const answer = await fetch(document.body.dataset.scan, { method: "POST", redirect: "manual" });
        if (answer.status === 200) {
          const paper = await answer.blob();
          if (!input.multiple) seen.replaceChildren();
          const kept = input.multiple ? [...input.files] : [];
          put(input, [...kept, new File([paper], `scan-${kept.length + 1}.${kinds[paper.type] || "jpg"}`, { type: paper.type })]);
          await show(paper);
          say(input.multiple ? `已有${input.files.length}页；可放上下一页再按“扫描”` : "已扫描；不清楚的请重新扫描");
        } else {
          say(answer.type === "opaqueredirect" ? "没有扫描：登录已经结束" : await answer.text());
        }
      } catch {
        say("没有扫描：连接中断");
      }
      scan.disabled = false;
    });
    // Another file that is chosen takes the place of what was scanned.
    input.addEventListener("change", () => { seen.replaceChildren(); say(""); });
    const place = make("div", "", { class: "scan" });
    place.append(scan, said, seen);
    input.closest("label").after(place);
  }
}
