// Elements, made and found. Text is always set as text: nothing from an answer is read as markup.

export const byId = (id) => document.getElementById(id)

/** element("td", { class: "number" }, "12.5"): a property of null or false is left out. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue
    if (key in made) made[key] = value
    else made.setAttribute(key, value)
  }
  made.append(...children.filter((child) => child !== null && child !== undefined))
  return made
}

const svgNames = "http://www.w3.org/2000/svg"

export function drawing(name, properties = {}, ...children) {
  const made = document.createElementNS(svgNames, name)
  for (const [key, value] of Object.entries(properties)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

/** A text that changes often: the page is only touched where it differs. */
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text
}

/** Fills a table; `columns` are { title, class, cell(row) }, a cell being text, an element, or null for "not known". */
export function fill(table, columns, rows, emptyText) {
  const head = element(
    "thead",
    {},
    element("tr", {}, ...columns.map((column) => element("th", { scope: "col", class: column.class }, column.title))),
  )
  const body = element(
    "tbody",
    {},
    ...rows.map((row) =>
      element(
        "tr",
        {},
        ...columns.map((column, index) => {
          const content = column.cell(row) ?? "–"
          return index === 0
            ? element("th", { scope: "row", class: column.class }, content)
            : element("td", { class: column.class }, content)
        }),
      )
    ),
  )
  if (rows.length === 0) {
    body.append(element("tr", {}, element("td", { class: "empty", colSpan: columns.length }, emptyText)))
  }
  table.replaceChildren(head, body)
}
