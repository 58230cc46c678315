"use strict";

const report = document.getElementById("report");
const failed = document.getElementById("failed");
const error = document.getElementById("error");
const last = document.getElementById("last");
const status = document.getElementById("status");
let version = 0;
let page = 0;
let place = null;

/* The new report stands where the one before it stood. */
report.addEventListener("load", () => {
  if (place) {
    report.contentWindow.scrollTo({ left: place[0], top: place[1], behavior: "instant" });
    place = null;
  }
});

function show(state) {
  version = state.version;
  failed.hidden = state.error === null;
  if (error.textContent !== (state.error ?? "")) {
    error.textContent = state.error ?? "";
  }
  last.hidden = state.page === 0;
  status.textContent = state.busy ? "正在生成… · rendering…" : "";
  if (state.page !== page) {
    place = page === 0 ? null : [report.contentWindow.scrollX, report.contentWindow.scrollY];
    page = state.page;
    report.contentWindow.location.replace("/report?page=" + page);
  }
}

async function follow() {
  for (;;) {
    try {
      const answer = await fetch("/state?after=" + version, { cache: "no-store" });
      if (!answer.ok) {
        throw new Error(answer.statusText);
      }
      show(await answer.json());
    } catch {
      status.textContent = "预览已结束 · the preview has ended";
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

follow();
