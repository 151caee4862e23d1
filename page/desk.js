// The desk: begin here. It makes the parts, and says what each thing that happens changes of them.
import { knownAt, makeAsOf, showAsOf } from "./as-of.js"
import { redrawChanges, showChange } from "./changes.js"
import { makeChart } from "./chart.js"
import { makeCursor } from "./cursor.js"
import { byId, say } from "./dom.js"
import { readFeeds, redrawFeeds } from "./feeds.js"
import { readGaps, redrawGaps } from "./gaps.js"
import { showClock, showLink, showTitle } from "./head.js"
import { makeLegend } from "./legend.js"
import { openLink } from "./link.js"
import { bindPreferences } from "./preferences.js"
import { drawRange, makeRange, readRange, showInRange, windowShown } from "./range.js"
import { makeTiles, redrawTiles, showEvent, showLatest } from "./tiles.js"
import { makeValues, redrawValues } from "./values.js"

const minute = 60_000

makeLegend()
makeTiles()
makeChart(windowShown)
makeCursor()
makeValues()
makeRange()
makeAsOf(() => readRange({ keepZoom: true }))
redrawChanges()
bindPreferences(() => {
  redrawTiles()
  drawRange()
  redrawFeeds()
  redrawGaps()
  redrawChanges()
  redrawValues()
  showAsOf()
  showClock()
})
say(byId("year"), String(new Date().getUTCFullYear()))

let timer = null
/** What no event told: once for all that happens in a quarter of a second. */
function readAnewSoon() {
  clearTimeout(timer)
  timer = setTimeout(() => {
    readRange({ keepZoom: true })
    readGaps()
  }, 250)
}

const link = openLink({
  latest(answer) {
    byId("simulated").hidden = !answer.simulated
    showLatest(answer)
    showTitle()
  },
  value(event, isRevision) {
    showEvent(event, isRevision)
    showTitle()
    showChange(event, isRevision ? "revision" : "value")
    if (event.current) showInRange(event, isRevision)
    link.lookSoon()
  },
  reload(event) {
    showChange(event, "reload")
    readAnewSoon()
  },
  resync() {
    readAnewSoon()
    readFeeds()
  },
  state: showLink,
})

showClock()
readRange()
readFeeds()
readGaps()
setInterval(() => {
  showClock()
  if (knownAt() !== null) showAsOf()
}, 1000)
setInterval(readFeeds, minute / 2)
setInterval(() => {
  if (document.hidden) return
  // The window moves on with the clock.
  readRange({ keepZoom: true })
  readGaps()
}, 5 * minute)
