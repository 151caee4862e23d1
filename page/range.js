// The chart's range and instant: what is read of them, and when it is read anew.
import { Refusal } from "./api.js"
import { knownAt, setRange } from "./as-of.js"
import { draw, mostPoints, shownWindow, showWhole, zoomed } from "./chart.js"
import { day, halfHour, now, when, zoneWord } from "./clock.js"
import { showCursor } from "./cursor.js"
import { byId, say } from "./dom.js"
import { showNotes } from "./notes.js"
import { addEvent, closer, readLines } from "./series.js"
import { showValues } from "./values.js"

const hour = 2 * halfHour
const minute = 60_000
// How far each range goes back, and beyond now, where dispatch is known already.
const ranges = { "24h": [day, 4 * hour], "7d": [7 * day, 12 * hour], "30d": [30 * day, day], "1y": [365 * day, day] }
let range = "24h"
let view = { read: new Map(), from: now() - day, to: now() + 4 * hour, asOf: null }
let wide = null // what was read of the whole range, where a zoomed window was read closer
let problem = null
let reading = null // stops the reading that is under way

export function makeRange() {
  for (const choice of document.querySelectorAll("input[name=range]")) {
    choice.addEventListener("change", () => {
      range = choice.value
      readRange()
    })
  }
  byId("zoom-out").addEventListener("click", showWhole)
}

/** Reads all lines: another range, another instant, or what no event told. */
export async function readRange({ keepZoom = false } = {}) {
  const end = Math.ceil(now() / minute) * minute
  const [from, to] = [end - ranges[range][0], end + ranges[range][1]]
  setRange(range, from)
  byId("charts").classList.add("reading-now")
  const asOf = knownAt()
  const read = await readNow({ from, to, asOf })
  if (read === null) return
  byId("charts").classList.remove("reading-now")
  if (read) {
    view = { read, from, to, asOf }
    wide = null
  }
  drawRange({ keepZoom })
}

/** The lines; undefined where they were refused, null where another reading has begun meanwhile. */
async function readNow(span) {
  reading?.abort()
  reading = new AbortController()
  const stopped = reading.signal
  try {
    const read = await readLines({ ...span, mostPoints: mostPoints(), stopped })
    problem = null
    return read
  } catch (error) {
    if (stopped.aborted) return null
    if (!(error instanceof Refusal)) throw error
    problem = error.message
    return undefined
  }
}

/** Reads the window that is shown closer, where the whole range was thinned. */
async function readCloser() {
  const whole = wide ?? view.read
  if (![...whole.values()].some((line) => line.thinned)) return
  if (zoomed()) {
    const [from, to] = shownWindow()
    const detail = await readNow({ from, to, asOf: view.asOf })
    if (!detail) return
    view = { ...view, read: closer(whole, detail, from, to) }
    wide = whole
    drawRange()
  } else if (wide) {
    view = { ...view, read: wide }
    wide = null
    drawRange()
  }
}

/** Draws what was read, again where zone or colours have changed. */
export function drawRange({ keepZoom = true } = {}) {
  draw(view, { keepZoom })
  const { asOf } = view
  byId("charts").dataset.asOf = asOf === null ? "now" : new Date(asOf).toISOString()
  say(
    byId("chart-title"),
    asOf === null ? "NIV and prices" : `NIV and prices as known at ${when(asOf, true)} ${zoneWord()}`,
  )
  showCursor(view.read)
  showNotes(view, problem)
}

let drawDue = false
/** An event's value, at the next frame, once for all events until then. The past does not change. */
export function showInRange(event, isRevision) {
  if (view.asOf !== null || !addEvent(view.read, event, isRevision) || drawDue) return
  drawDue = true
  requestAnimationFrame(() => {
    drawDue = false
    drawRange()
  })
}

let shown = ""
let timer = null
/** The chart tells of every window that it shows. */
export function windowShown(from, to) {
  showCursor()
  showValues(view.read, from, to)
  byId("zoom-out").disabled = !zoomed()
  if (shown === `${from} ${to}`) return
  shown = `${from} ${to}`
  clearTimeout(timer)
  timer = setTimeout(readCloser, 250)
}
