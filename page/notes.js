// The notes below the chart: what it does not show, and how it is to be read.
import { byId, element } from "./dom.js"
import { longestMarked } from "./series.js"
import { lines } from "./signals.js"

/** `problem` says why the chart is not what was asked for; null where it is. */
export function showNotes(view, problem) {
  const notes = [
    problem && `The chart could not be read: ${problem}.`,
    view.asOf !== null && "The chart shows what was known then; the tiles show now.",
    thinned(view.read),
    missing(view.read),
    view.to - view.from <= longestMarked
      ? "○ marks a half hour that was revised. Dashed lines are estimates."
      : "Dashed lines are estimates. Revised half hours are marked on ranges of up to 30 days.",
  ]
  byId("notes").replaceChildren(...notes.filter(Boolean).map((note) => element("li", {}, note)))
}

function thinned(read) {
  const counted = lines.flatMap((own) => {
    const line = read.get(own.signal)
    if (!line?.thinned) return []
    return [`${own.title} ${line.count.toLocaleString("en-GB")} of ${line.countOf.toLocaleString("en-GB")}`]
  })
  if (counted.length === 0) return null
  const list = counted.join(", ")
  return `Thinned to the least and the greatest value of each stretch: ${list}. Zoom in to see every half hour.`
}

function missing(read) {
  const counted = lines.flatMap((own) => {
    const open = (read.get(own.signal)?.missing ?? []).filter((gap) => !["not yet", "accepted"].includes(gap.kind))
    const count = open.reduce((sum, gap) => sum + gap.half_hours, 0)
    return count === 0 ? [] : [`${own.title} ${count}`]
  })
  return counted.length === 0 ? null : `Half hours missing here: ${counted.join(", ")}.`
}
