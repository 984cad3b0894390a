// Shows openapi.json as a page: its operations, and the schemas that they name.

const METHODS = ["get", "post"];

function element(name, { className, id, open } = {}, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (id) made.id = id;
  if (open) made.open = true;
  made.append(...children);
  return made;
}

function link(schemaName) {
  const made = element("a", {}, schemaName);
  made.href = `#${schemaName}`;
  return made;
}

/** What a schema takes, in a few words; a link where it has a name. */
function type(schema) {
  if (schema.$ref) return link(schema.$ref.split("/").pop());
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const several = schema.anyOf ?? schema.oneOf;
  if (several?.every((each) => each.type || each.$ref)) return joined(several.map(type));
  const kind = [schema.type ?? "any"].flat().join(" | ");
  if (schema.type === "array") return joined(["list of ", type(schema.items)], "");
  const range = schema.minimum === undefined ? "" : `, ${schema.minimum} to ${schema.maximum}`;
  return `${kind}${schema.format ? ` (${schema.format})` : ""}${range}`;
}

function joined(parts, separator = " | ") {
  const span = element("span");
  parts.forEach((part, n) => span.append(...(n && separator ? [separator] : []), part));
  return span;
}

function table(heads, rows) {
  const head = element("tr", {}, ...heads.map((text) => element("th", {}, text)));
  const lines = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell))));
  return element("div", { className: "table" }, element("table", {}, head, ...lines));
}

function code(text, className) {
  return element("code", { className }, text);
}

function described(schema) {
  const value = schema.default === undefined ? "" : ` Default: ${JSON.stringify(schema.default)}.`;
  return `${schema.description ?? ""}${value}`;
}

function parameters(list) {
  const rows = list.map(({ name, in: place, schema, content, deprecated, description }) => {
    const declared = schema ?? content["application/json"].schema;
    const text = description ?? described(declared);
    return [code(name, deprecated ? "deprecated" : ""), place, type(declared), text];
  });
  return [element("h3", {}, "Options in the address and headers"), table(["name", "in", "type", ""], rows)];
}

function bodies(content) {
  return table(
    ["content type", "schema"],
    Object.entries(content).map(([kind, { schema }]) => [code(kind), type(schema)]),
  );
}

function answers(responses) {
  const rows = Object.entries(responses).map(([status, { description, content = {} }]) => [
    code(status),
    description,
    joined(Object.entries(content).map(([kind, { schema }]) => joined([code(kind), " ", type(schema)], "")), ", "),
  ]);
  return [element("h3", {}, "Answers"), table(["status", "", "body"], rows)];
}

function operation(method, path, { summary, description, deprecated, requestBody, responses, ...more }) {
  const name = code(path, deprecated ? "deprecated" : "");
  const title = element("summary", {}, element("span", { className: "method" }, method.toUpperCase()), name, ` ${summary}`);
  const parts = [title];
  if (description) parts.push(element("p", {}, description));
  if (more.parameters?.length) parts.push(...parameters(more.parameters));
  if (requestBody) parts.push(element("h3", {}, "Body"), bodies(requestBody.content));
  parts.push(...answers(responses));
  return element("details", { open: path === "/" && method === "post" }, ...parts);
}

function schema(name, declared) {
  const required = new Set(declared.required ?? []);
  const parts = [element("summary", {}, code(name)), element("p", {}, declared.description ?? "")];
  if (declared.properties) {
    const rows = Object.entries(declared.properties).map(([field, each]) => [
      code(field, each.deprecated ? "deprecated" : ""),
      type(each),
      required.has(field) ? "always" : "",
      described(each),
    ]);
    parts.push(table(["field", "type", "", ""], rows));
  } else {
    parts.push(element("p", {}, type(declared)));
  }
  for (const example of declared.examples ?? []) parts.push(element("pre", {}, JSON.stringify(example, null, 1)));
  return element("details", { id: name }, ...parts);
}

function openLinked() {
  const linked = document.getElementById(location.hash.slice(1));
  if (linked instanceof HTMLDetailsElement) linked.open = true;
}

async function show() {
  const state = document.getElementById("state");
  try {
    const answer = await fetch("openapi.json");
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const { info, paths, components } = await answer.json();
    document.getElementById("summary").textContent = `${info.summary} Version ${info.version}.`;
    const operations = Object.entries(paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => operation(method, path, item[method])),
    );
    document.getElementById("operations").append(element("h2", {}, "Operations"), ...operations);
    const schemas = Object.entries(components.schemas).map(([name, declared]) => schema(name, declared));
    document.getElementById("schemas").append(element("h2", {}, "Schemas"), ...schemas);
    state.remove();
    openLinked();
  } catch (error) {
    state.textContent = `The description could not be loaded (${error.message}); reload the page.`;
  }
}

addEventListener("hashchange", openLinked);
show();
