// The chart once more as a table, for whoever reads rather than looks: the half hours of the window, the newest first.
import { halfHour, halfHourWords, now } from "./clock.js"
import { byId, element, fill } from "./dom.js"
import { valueAt } from "./series.js"
import { lines, number } from "./signals.js"

const most = 96
let shown = null

export function makeValues() {
  byId("values").addEventListener("toggle", redrawValues)
}

export function showValues(read, from, to) {
  shown = { read, from, to }
  redrawValues()
}

export function redrawValues() {
  if (!shown || !byId("values").open) return
  const times = []
  const last = Math.floor((Math.min(shown.to, now()) - 1) / halfHour) * halfHour
  for (let time = last; time > shown.from - halfHour && times.length < most; time -= halfHour) times.push(time)
  fill(
    byId("values").querySelector("table"),
    [
      { title: "Half hour", cell: halfHourWords },
      ...lines.map((own) => ({
        title: `${own.title} ${own.unit}`,
        class: "figure",
        cell: (time) => {
          const point = shown.read.has(own.signal) ? valueAt(shown.read.get(own.signal), own, time) : null
          return point === null ? null : element(
            "span",
            { title: point.revised ? "revised" : null },
            `${point.revised ? "○ " : ""}${number(point.value, own.unit)}`,
          )
        },
      })),
    ],
    times,
    "No half hour is shown.",
  )
}
