// The observations of the chart's lines over a range: read, kept up to date by events, put into dygraphs' rows.
import { ask } from "./api.js"
import { day, halfHour } from "./clock.js"
import { lines } from "./signals.js"

/** Beyond this revised half hours are not marked: they would be a smear, and are many to read. */
export const longestMarked = 32 * day

/**
 * Reads all lines over [from, to), as they were known at `asOf` where that is not null.
 *
 * Yields signal → { points: [{ time, value, revised }], missing, thinned, count, countOf }; a signal that the
 * database does not have is left out.
 */
export async function readLines({ from, to, asOf, mostPoints, stopped }) {
  const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
  const read = await Promise.all(lines.map(async (line) => {
    try {
      const wanted = { signal: line.signal, ...range }
      const [answer, revised] = await Promise.all([
        ask("v1/observations", {
          ...wanted,
          as_of: asOf === null ? null : new Date(asOf).toISOString(),
          max_points: mostPoints,
        }, { signal: stopped }),
        line.marked && to - from <= longestMarked ? revisedTimes(wanted, asOf, stopped) : new Set(),
      ])
      return [line.signal, {
        points: answer.observations.map(({ time, value }) => ({
          time: Date.parse(time),
          value,
          revised: revised.has(time),
        })),
        missing: answer.missing ?? [],
        thinned: answer.thinned,
        count: answer.points,
        countOf: answer.points_of,
      }]
    } catch (error) {
      if (error.code === "unknown_signal") return null
      throw error
    }
  }))
  return new Map(read.filter((one) => one !== null))
}

/** A window of thinned lines read closer: what is in it replaces what was there. */
export function closer(read, detail, from, to) {
  return new Map([...read].map(([signal, line]) => {
    const near = detail.get(signal)
    if (!near || !line.thinned) return [signal, line]
    const points = [
      ...line.points.filter((point) => point.time < from),
      ...near.points,
      ...line.points.filter((point) => point.time >= to),
    ]
    return [signal, { ...line, points, thinned: near.thinned, count: near.count, countOf: near.countOf }]
  }))
}

/** The times that had another value before, as far as was known at `asOf`. */
async function revisedTimes(wanted, asOf, stopped) {
  const found = new Set()
  let cursor = null
  do {
    const page = await ask("v1/observations", { ...wanted, revisions: true, limit: 20_000, cursor }, {
      signal: stopped,
    })
    for (const version of page.observations) {
      if (version.revision > 1 && (asOf === null || Date.parse(version.observed_at) <= asOf)) found.add(version.time)
    }
    cursor = page.next_cursor
  } while (cursor !== null)
  return found
}

/** Puts an event's value where it belongs. */
export function addEvent(read, event, isRevision) {
  const line = read.get(event.signal)
  if (!line) return false
  const time = Date.parse(event.time)
  const index = line.points.findIndex((point) => point.time >= time)
  const point = { time, value: event.value, revised: isRevision }
  if (index < 0) line.points.push(point)
  else line.points.splice(index, line.points[index].time === time ? 1 : 0, point)
  line.missing = line.missing.filter((gap) => !(Date.parse(gap.from) <= time && time < Date.parse(gap.to)))
  return true
}

/** The value that holds at an instant, and whether it was revised; null where there is none. */
export function valueAt(line, own, time) {
  let low = 0
  let high = line.points.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (line.points[middle].time <= time) low = middle + 1
    else high = middle
  }
  const point = line.points[low - 1]
  if (!point || (!own.instants && !line.thinned && time - point.time >= halfHour)) return null
  return point
}

/**
 * dygraphs' rows of some lines: [Date, value…]. null says nothing of a line at that time, NaN ends it: a half hour that
 * is missing is a gap in its line.
 */
export function rowsOf(read, chosen, end) {
  const rows = new Map()
  const put = (time, column, value) => {
    if (!rows.has(time)) rows.set(time, [new Date(time), ...chosen.map(() => null)])
    rows.get(time)[column] = value
  }
  chosen.forEach((own, index) => {
    const line = read.get(own.signal)
    const points = line?.points ?? []
    points.forEach((point, position) => {
      put(point.time, index + 1, point.value)
      const next = points[position + 1]
      if (own.instants) {
        if (!next) put(Math.max(end, point.time + halfHour), index + 1, point.value)
      } else if (!next || (!line.thinned && next.time - point.time > halfHour)) {
        put(point.time + halfHour, index + 1, NaN)
      }
    })
    if (line?.thinned) { for (const gap of line.missing) put(Date.parse(gap.from), index + 1, NaN) }
  })
  return [...rows.values()].sort((a, b) => a[0] - b[0])
}
