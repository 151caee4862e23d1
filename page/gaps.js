// Half hours of the last 30 days that have no value and should have one.
import { ask, Refusal } from "./api.js"
import { day, now, period, when } from "./clock.js"
import { byId, fill, say } from "./dom.js"

const most = 8
let gaps = null

export async function readGaps() {
  try {
    gaps = await ask("v1/gaps", { from: new Date(now() - 30 * day).toISOString(), limit: 10_000 })
    redrawGaps()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    say(byId("gaps-says"), `not known: ${error.message}`)
  }
}

export function redrawGaps() {
  if (!gaps) return
  const open = gaps.gaps.filter((gap) => gap.open).sort((a, b) => (a.from < b.from ? 1 : -1))
  const halfHours = open.reduce((sum, gap) => sum + gap.half_hours, 0)
  say(
    byId("gaps-says"),
    `last 30 days: ${
      halfHours === 0 ? "nothing is missing" : `${halfHours}${gaps.limited ? " or more" : ""} half hours missing`
    }` +
      (open.length > most ? `, the newest ${most} of ${open.length} gaps` : ""),
  )
  fill(
    byId("gaps"),
    [
      { title: "Signal", cell: (gap) => gap.signal },
      {
        title: "From",
        class: "figure",
        cell: (gap) => `${when(Date.parse(gap.from))} SP ${period(Date.parse(gap.from))}`,
      },
      { title: "To", class: "figure", cell: (gap) => when(Date.parse(gap.to)) },
      { title: "Half hours", class: "figure", cell: (gap) => gap.half_hours },
      { title: "Why", class: "words", cell: (gap) => (gap.reason ? `${gap.kind}: ${gap.reason}` : gap.kind) },
    ],
    open.slice(0, most),
    "Every half hour that is due is here.",
  )
}
