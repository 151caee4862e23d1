// The legend: a button for each line, which hides it, and tells its value at the cursor.
import { showLine } from "./chart.js"
import { byId, element } from "./dom.js"
import { lines } from "./signals.js"

export function makeLegend() {
  byId("legend").append(...lines.map((own) => {
    const button = element(
      "button",
      { type: "button", id: `line-${own.signal}`, class: `line-of ${own.signal}`, "aria-pressed": "true" },
      element("span", { class: own.dashed ? "stroke dashed" : "stroke" }),
      element("span", { class: "name" }, own.title),
      element("span", { class: "at", id: `reading-${own.signal}` }),
    )
    button.addEventListener("click", () => {
      const isShown = button.getAttribute("aria-pressed") !== "true"
      button.setAttribute("aria-pressed", String(isShown))
      showLine(own.signal, isShown)
    })
    return button
  }))
}
