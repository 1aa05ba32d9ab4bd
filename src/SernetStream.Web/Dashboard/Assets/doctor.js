// Faults and what to do about them, as the doctor finds them.
import { tell } from "/tell.js";

const signs = { ok: "✓", warning: "!", fault: "✗" };
const words = { ok: "All is well", warning: "Warning", fault: "Fault" };

export function showFindings(list, findings) {
  // What is wrong comes first.
  const order = ["fault", "warning", "ok"];
  const sorted = [...findings].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  list.replaceChildren(...sorted.map(({ check, severity, what, mend }) => {
    const row = document.createElement("li");
    row.className = severity;
    row.innerHTML = '<span class="sign"><span aria-hidden="true"></span><span class="unseen"></span></span><span><b></b><span></span></span>';
    const [sign, spoken] = row.firstElementChild.children;
    sign.textContent = signs[severity];
    spoken.textContent = `${words[severity]}:`;
    row.querySelector("b").textContent = `${check}: `;
    row.lastElementChild.lastElementChild.textContent = what;
    if (mend.length > 0) {
      const remedy = document.createElement("p");
      remedy.className = "quiet";
      remedy.textContent = `→ ${mend}`;
      row.append(remedy);
    }
    return row;
  }));
}

export function countOf(findings) {
  const [faults, warnings] = ["fault", "warning"].map((severity) => findings.filter((finding) => finding.severity === severity).length);
  const many = (count, name) => `${count} ${name}${count === 1 ? "" : "s"}`;
  return faults + warnings === 0 ? "All is well." : `${many(faults, "fault")}, ${many(warnings, "warning")}.`;
}

// Sends a question that takes a while; its button waits for the answer.
export async function examine(button, path, question, said, list) {
  button.disabled = true;
  said.textContent = "Looking…";
  const told = await tell(path, question);
  button.disabled = false;
  const findings = told.ok ? JSON.parse(told.text).findings : [];
  showFindings(list, findings);
  said.textContent = told.ok ? countOf(findings) : told.text;
  return told.ok && !findings.some(({ severity }) => severity === "fault");
}
