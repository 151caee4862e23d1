// The slider of what was known: an instant between the range's beginning and now, or now itself.
import { day, duration, halfHour, instant, local, now, when } from "./clock.js"
import { byId, say } from "./dom.js"

const hour = 2 * halfHour
const stepOf = { "24h": hour / 12, "7d": halfHour, "30d": 3 * hour, "1y": day }
let asOf = null
let from = 0
let step = hour
let chosen = () => {}

/** `changed(instant or null)` once the slider rests for a moment. */
export function makeAsOf(changed) {
  chosen = changed
  byId("as-of-slider").addEventListener("input", (event) => {
    const position = Number(event.target.value)
    choose(position === Number(event.target.max) ? null : from + position * step)
  })
  byId("as-of-time").addEventListener("change", (event) => {
    const wall = wallOf(event.target.value)
    event.target.setAttribute("aria-invalid", String(wall === null))
    if (wall === null) return say(byId("as-of-says"), "write it as 2026-03-29 16:05")
    choose(instant(wall) >= now() ? null : instant(wall))
    showText()
  })
  byId("as-of-now").addEventListener("click", () => choose(null))
  byId("as-of").addEventListener("submit", (event) => event.preventDefault())
}

export const knownAt = () => asOf

/** Another range: an instant before it begins is kept, with the slider at its end. */
export function setRange(name, begins) {
  from = begins
  step = stepOf[name]
  const slider = byId("as-of-slider")
  slider.max = Math.ceil((now() - from) / step)
  showAsOf()
}

/** `2026-03-29 16:05`, with seconds or without, by the clock that is shown; null for anything else. */
function wallOf(text) {
  const found = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d)?$/.exec(text.trim())
  const wall = found ? Date.parse(`${found[1]}T${found[2]}${found[3] ?? ":00"}Z`) : NaN
  return Number.isNaN(wall) ? null : wall
}

function showText() {
  const field = byId("as-of-time")
  const wall = Math.floor(local(asOf ?? now()) / 1000) * 1000
  field.value = new Date(wall).toISOString().slice(0, asOf === null ? 16 : 19).replace("T", " ")
  field.setAttribute("aria-invalid", "false")
}

let timer = null
function choose(next) {
  asOf = next
  showAsOf()
  clearTimeout(timer)
  timer = setTimeout(() => chosen(asOf), 80)
}

export function showAsOf() {
  const slider = byId("as-of-slider")
  slider.value = asOf === null ? slider.max : Math.round((asOf - from) / step)
  const words = asOf === null ? "now" : `${when(asOf, true)}, ${duration(now() - asOf)} ago`
  say(byId("as-of-says"), words)
  slider.setAttribute("aria-valuetext", words)
  if (document.activeElement !== byId("as-of-time")) showText()
  byId("as-of-now").disabled = asOf === null
  byId("as-of").classList.toggle("past", asOf !== null)
}
