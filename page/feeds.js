// How every feed fares, with the reason.
import { ask, Refusal } from "./api.js"
import { hearClock, when } from "./clock.js"
import { byId, element, fill, say } from "./dom.js"

let status = null

export async function readFeeds() {
  try {
    status = await ask("v1/status")
    hearClock(status.as_of)
    redrawFeeds()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    say(byId("feeds-says"), `not known: ${error.message}`)
  }
}

export function redrawFeeds() {
  if (!status) return
  say(byId("feeds-says"), status.stream.reason ?? status.reason)
  fill(
    byId("feeds"),
    [
      { title: "Feed", cell: (feed) => feed.feed },
      { title: "State", cell: (feed) => element("span", { class: "state", "data-state": feed.state }, feed.state) },
      { title: "Answered at", class: "figure", cell: (feed) => instant(feed.last_success_at, true) },
      { title: "Newest value of", class: "figure", cell: (feed) => instant(feed.newest_time) },
      { title: "Next at", class: "figure", cell: (feed) => instant(feed.next_due_at, true) },
      { title: "Failures", class: "figure", cell: (feed) => feed.consecutive_failures },
      { title: "Rejects", class: "figure", cell: (feed) => feed.rejects_today },
      { title: "Flags", class: "figure", cell: (feed) => feed.flags_today },
      { title: "Why", class: "words", cell: why },
    ],
    status.feeds,
    "No feed was ever asked.",
  )
}

const instant = (text, seconds) => (text === null ? null : when(Date.parse(text), seconds))
const why = ({ reason, last_error: error }) => (error && !reason.includes(error) ? `${reason}: ${error}` : reason)
