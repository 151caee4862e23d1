// Where the time axis is marked: at whole hours, days and months of the zone that is shown, whatever the browser's is.
import { day, dayMonth, hourMinute, instant, local, monthYear, weekdayDay } from "./clock.js"

const hour = day / 24
const steps = [hour / 2, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day]
const room = 74 // pixels for a label

/** dygraphs' ticker. */
export function timeTicks(from, to, pixels) {
  const step = steps.find((one) => ((to - from) / one) * room <= pixels)
  const ticks = []
  const first = local(from)
  const last = local(to)
  if (!step) {
    const start = new Date(first)
    const months = [1, 2, 3, 6, 12].find((count) => ((to - from) / (30 * day * count)) * room <= pixels) ?? 12
    for (let month = Math.ceil((start.getUTCMonth() + 1) / months) * months;; month += months) {
      const wall = Date.UTC(start.getUTCFullYear(), month, 1)
      if (wall > last) return ticks
      ticks.push({ v: instant(wall), label: monthYear(instant(wall)) })
    }
  }
  for (let wall = Math.ceil(first / step) * step; wall <= last; wall += step) {
    const time = instant(wall)
    // An hour that the clock skips is marked once, by the one after it.
    if (ticks.length > 0 && time <= ticks.at(-1).v) continue
    const isMidnight = wall % day === 0
    ticks.push({
      v: time,
      label: isMidnight ? (step >= 2 * day ? dayMonth(time) : weekdayDay(time)) : hourMinute(time),
    })
  }
  return ticks
}

/** The zone's midnights between two instants. */
export function midnights(from, to) {
  const found = []
  for (let wall = Math.ceil(local(from) / day) * day; wall <= local(to); wall += day) found.push(instant(wall))
  return found
}
