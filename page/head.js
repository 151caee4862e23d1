// The head of the page: clock, half hour, the word for the link, the banner that says what is wrong, the tab's title.
import { duration, halfHour, hourMinuteSecond, now, period, zoneWord } from "./clock.js"
import { byId, say } from "./dom.js"
import { headline } from "./tiles.js"

let word = "connecting"

/** Each second. */
export function showClock() {
  say(byId("clock"), `${hourMinuteSecond(now())} ${zoneWord()}`)
  say(byId("period"), `SP ${period(now())} · ${duration(halfHour - (now() % halfHour))} left`)
}

/** What a tab that is not looked at still tells. */
export function showTitle() {
  const mark = word === "live" || word === "connecting" ? "" : "✕ "
  document.title = mark + (headline() || "flux-market desk")
}

/** `state` is as link.js has it. */
export function showLink(state) {
  word = wordOf(state)
  byId("link").dataset.state = word
  say(byId("link").querySelector(".word"), word)
  document.body.classList.toggle("not-current", word === "lost" || word === "database away")
  const sentence = sentences[word]?.(hourMinuteSecond(state.since), state.reason)
  byId("lost").hidden = !sentence
  say(byId("lost"), sentence ?? "")
  showTitle()
}

function wordOf({ stream, look, database }) {
  if (!database) return "database away"
  if (stream && look) return "live"
  // At the beginning, and for as long as it takes, nothing is lost yet.
  if (look === null) return "connecting"
  return look ? "no stream" : "lost"
}

const sentences = {
  "database away": (since, reason) =>
    `The database is away since ${since}${reason ? `: ${reason}` : ""}. What stands here was true then.`,
  "no stream": (since) => `The live stream is lost since ${since}. Values are read every 15 seconds until it is back.`,
  "lost": (since, reason) =>
    `Connection lost at ${since}${
      reason ? `: ${reason}` : ""
    }. What stands here was true then; it comes back by itself.`,
}
