// Without this script everything works by forms; with it the page follows the simulated Discord.
const live = document.getElementById("live");
const query = "?as=" + encodeURIComponent(live.dataset.as);
const isTyping = () => document.activeElement && document.activeElement.matches("input, select");

async function follow() {
  if (document.hidden || isTyping()) return;
  const pulse = await fetch("/pulse" + query);
  if (!pulse.ok) return;
  const { version } = await pulse.json();
  if (version === live.dataset.version) return;
  const page = await fetch("/live" + query);
  if (!page.ok || isTyping()) return;
  const opened = [...live.querySelectorAll("details[open]")].map((each) => each.id);
  live.innerHTML = await page.text();
  live.dataset.version = version;
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
}
setInterval(() => follow().catch(() => {}), 1500);

// A press answers with the same page: stay where the visitor was looking.
document.addEventListener("submit", (event) => {
  document.body.setAttribute("aria-busy", "true");
  if (!event.target.matches("[data-leaves]")) sessionStorage.setItem("lectern-y", String(scrollY));
});
addEventListener("pageshow", () => document.body.removeAttribute("aria-busy"));
const y = sessionStorage.getItem("lectern-y");
sessionStorage.removeItem("lectern-y");
if (y !== null) scrollTo(0, Number(y));
