// The cursor of the chart: one half hour, by pointer or keys, and every line's value in it.
import { shownWindow, showWhole, showWindow, timeAt, xOf } from "./chart.js"
import { halfHour, hourMinute, now, period, weekdayDay } from "./clock.js"
import { byId, element, say } from "./dom.js"
import { valueAt } from "./series.js"
import { lines, number } from "./signals.js"

let at = null // start of the half hour, null where there is no cursor
let read = new Map()
const bar = element("div", { class: "cursor", hidden: true })

export function makeCursor() {
  const charts = byId("charts")
  charts.append(bar)
  charts.addEventListener("pointermove", (event) => {
    const time = timeAt(event.clientX - charts.getBoundingClientRect().left)
    byId("reading").removeAttribute("aria-live")
    if (time !== null) move(time)
  })
  charts.addEventListener("pointerleave", () => {
    at = null
    showCursor()
  })
  charts.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const act = keys[event.key]
    if (!act) return
    event.preventDefault()
    byId("reading").setAttribute("aria-live", "polite")
    act(event.shiftKey ? 12 : 1)
  })
}

const keys = {
  ArrowLeft: (steps) => step(-steps),
  ArrowRight: (steps) => step(steps),
  Home: () => move(shownWindow()[0]),
  End: () => move(shownWindow()[1] - 1),
  "+": () => zoom(0.5),
  "=": () => zoom(0.5),
  "-": () => zoom(2),
  0: () => showWhole(),
  Escape: () => {
    at = null
    showCursor()
  },
}

/** Other observations, or another window. */
export function showCursor(of = read) {
  read = of
  const [from, to] = shownWindow()
  const x = at === null || at < from - halfHour || at > to ? null : xOf(at + halfHour / 2)
  bar.hidden = x === null
  if (x !== null) bar.style.left = `${x}px`
  for (const own of lines) {
    const line = read.get(own.signal)
    const point = line && at !== null ? valueAt(line, own, at) : null
    say(
      byId(`reading-${own.signal}`),
      at === null ? "" : point ? `${number(point.value, own.unit)} ${own.unit}${point.revised ? " ○" : ""}` : "–",
    )
  }
  say(
    byId("reading"),
    at === null ? "" : `${weekdayDay(at)} ${hourMinute(at)}–${hourMinute(at + halfHour)} · SP ${period(at)}`,
  )
  byId("reading").append(element("span", { class: "hidden" }, at === null ? "" : spoken()))
}

const spoken = () =>
  lines.flatMap((own) => {
    const point = read.has(own.signal) ? valueAt(read.get(own.signal), own, at) : null
    return point
      ? [`, ${own.title} ${number(point.value, own.unit)} ${own.unit}${point.revised ? " revised" : ""}`]
      : []
  }).join("")

function move(time) {
  at = Math.floor(time / halfHour) * halfHour
  showCursor()
}

function step(count) {
  const [from, to] = shownWindow()
  const next = (at ?? Math.floor(Math.min(now(), to) / halfHour) * halfHour) + count * halfHour
  const width = to - from
  if (next < from) showWindow(next, next + width)
  if (next >= to) showWindow(next + halfHour - width, next + halfHour)
  move(Math.max(shownWindow()[0], Math.min(next, shownWindow()[1] - 1)))
}

function zoom(factor) {
  const [from, to] = shownWindow()
  const middle = at ?? (from + to) / 2
  showWindow(middle - (middle - from) * factor, middle + (to - middle) * factor)
  showCursor()
}
