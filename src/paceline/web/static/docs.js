"use strict";
/* The description of the API, drawn from openapi.json; nothing is fetched from anywhere else. */
function make(tag, name, ...children) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...children);
  return made;
}
function kind(schema) {
  if (!schema) return "";
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.anyOf) return schema.anyOf.map(kind).filter((one) => one !== "null").join(" | ");
  const limits = [schema.minimum, schema.maximum].filter((one) => one !== undefined);
  return (schema.type || "") + (limits.length === 2 ? ` ${limits[0]}–${limits[1]}` : "");
}
function parameters(list) {
  const rows = list.map((one) => {
    const told = [kind(one.schema), one.schema && one.schema.default !== undefined && one.schema.default !== null ? `default ${one.schema.default}` : "", one.required ? "required" : ""].filter(Boolean).join(", ");
    return make("tr", "", make("td", "", make("code", "", one.name)), make("td", "", one.description || "", make("span", "detail", told)));
  });
  return make("table", "", make("tbody", "", ...rows));
}
function block(title, content) {
  return [make("h3", "", title), content];
}
function operation(path, method, told) {
  const inside = make("div", "inside", make("p", "", told.description || ""));
  if ((told.parameters || []).length) inside.append(...block("Parameters", parameters(told.parameters)));
  const header = method === "post" ? ' -X POST -H "Authorization: Bearer $OPERATOR_TOKEN"' : ' -H "Authorization: Bearer $VIEWER_TOKEN"';
  inside.append(...block("Ask", make("pre", "", `curl${header} ${new URL(path.slice(1) || ".", location.href)}`)));
  const answer = Object.values((told.responses["200"] || {}).content || {})[0];
  if (answer && answer.example) inside.append(...block("Answer", make("pre", "", JSON.stringify(answer.example, null, 2))));
  return make("details", "", make("summary", "", make("span", `method ${method}`, method.toUpperCase()), make("code", "", path), make("span", "note", told.summary || "")), inside);
}
async function draw() {
  const about = document.getElementById("about");
  try {
    const answer = await fetch("openapi.json", { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`The service answered ${answer.status}.`);
    const described = await answer.json();
    about.textContent = `${described.info.description} Version ${described.info.version}.`;
    const all = Object.entries(described.paths).flatMap(([path, item]) => Object.entries(item).map(([method, told]) => operation(path, method, told)));
    document.getElementById("operations").replaceChildren(...all);
  } catch (error) {
    about.textContent = error instanceof TypeError ? "The service cannot be reached." : error.message;
  }
}
draw();
