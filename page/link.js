// The link to the server: the stream of commits, and a look at the newest values every 15 seconds beside it.
//
// The look finds what no event tells: that time has passed, and that a connection which seems open is dead, since a
// browser shows its pages no heartbeats.
import { ask, Refusal } from "./api.js"
import { hearClock } from "./clock.js"

const lookEvery = 15_000
const longestPause = 30_000

/**
 * Opens the link and keeps it open.
 *
 * `latest(answer)` with every new answer of /v1/latest; `value(event)`, `reload(event)` of the stream; `resync()` where
 * anything may have been missed; `state({ stream, look, database, since, reason })` whenever one of them changes.
 */
export function openLink(hear) {
  const state = { stream: false, look: null, database: true, since: Date.now(), reason: null }
  let source = null
  let pause = 1_000
  let timer = null
  let wasOpen = false
  let looking = null

  function change(next) {
    const before = { ...state }
    Object.assign(state, next)
    if (["stream", "look", "database", "reason"].every((key) => before[key] === state[key])) return
    if (!(state.stream && state.look && state.database) && before.stream && before.look && before.database) {
      state.since = Date.now()
    }
    hear.state({ ...state })
  }

  function connect() {
    source?.close()
    source = new EventSource("v1/stream")
    source.addEventListener("hello", (event) => {
      const hello = JSON.parse(event.data)
      hearClock(hello.as_of)
      pause = 1_000
      const again = wasOpen
      wasOpen = true
      change({ stream: true, database: true })
      look()
      // The events that were missed follow by themselves; what they cannot tell, such as states, is read anew.
      if (again) hear.resync()
    })
    source.addEventListener("value", (event) => hear.value(JSON.parse(event.data), false))
    source.addEventListener("revision", (event) => hear.value(JSON.parse(event.data), true))
    source.addEventListener("reload", (event) => {
      hear.reload(JSON.parse(event.data))
      lookSoon()
    })
    source.addEventListener("resync", () => {
      hear.resync()
      look()
    })
    source.addEventListener("database", (event) => {
      const { state: word, reason } = JSON.parse(event.data)
      change({ database: word === "back", reason })
      if (word === "back") {
        hear.resync()
        look()
      }
    })
    source.addEventListener("error", () => {
      change({ stream: false })
      look()
      // A browser tries again by itself after a broken connection, but not after a refusal.
      if (source.readyState !== EventSource.CLOSED) return
      setTimeout(connect, pause)
      pause = Math.min(pause * 2, longestPause)
    })
  }

  /** One at a time; the next is due 15 seconds after this one, or when `lookSoon` says so. */
  function look() {
    clearTimeout(timer)
    looking ??= (async () => {
      try {
        const answer = await ask("v1/latest", {}, { patience: 10_000 })
        change({ look: true, database: true, reason: null })
        hear.latest(answer)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        change({
          look: false,
          database: error.code === "database_away" ? false : state.database,
          reason: error.message,
        })
      } finally {
        looking = null
        timer = setTimeout(look, lookEvery)
      }
    })()
    return looking
  }

  /** After an event, whose value is on the screen already; spread, since all desks hear it at once. */
  function lookSoon() {
    clearTimeout(timer)
    timer = setTimeout(look, 500 + Math.random() * 1500)
  }

  connect()
  look()
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) look()
  })
  return { lookSoon }
}
