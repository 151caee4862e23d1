// The four tiles: the newest value of each quantity, how old it is, and what to think of it.
import { announce } from "./announce.js"
import { duration, halfHour, halfHourWords, now, period, when } from "./clock.js"
import { byId, element, say } from "./dom.js"
import { newest, number, tiles } from "./signals.js"
import { sparkline } from "./sparkline.js"

const shown = new Map() // tile's id → its parts
const known = new Map() // signal → its entry of /v1/latest

export function makeTiles() {
  for (const tile of tiles) {
    const parts = {
      state: element("span", { class: "state" }),
      marks: element("span", { class: "marks" }),
      value: element("span", { class: "number" }),
      unit: element("span", { class: "unit" }),
      word: element("span", { class: "direction" }),
      period: element("p", { class: "period" }),
      age: element("span", { class: "age" }),
      due: element("span", { class: "due" }),
      change: element("p", { class: "change" }),
      line: element("div", { class: "line" }),
      other: element("p", { class: "other" }),
      reason: element("p", { class: "reason" }),
    }
    const box = element(
      "article",
      { class: "tile", id: `tile-${tile.id}`, "aria-labelledby": `title-${tile.id}` },
      element(
        "header",
        {},
        element("h2", { id: `title-${tile.id}`, title: tile.long }, tile.title),
        parts.marks,
        parts.state,
      ),
      element("p", { class: "value" }, parts.value, " ", parts.unit, " ", parts.word),
      parts.period,
      element("p", { class: "times" }, element("span", {}, "age ", parts.age), parts.due),
      parts.line,
      parts.change,
      parts.other,
      parts.reason,
    )
    shown.set(tile.id, { ...parts, box })
    byId("tiles").append(box)
  }
  setInterval(showAges, 1000)
}

/** An answer of /v1/latest. */
export function showLatest(answer) {
  for (const entry of answer.signals) known.set(entry.signal, entry)
  tiles.forEach(show)
}

/**
 * An event of the stream, on the screen before /v1/latest is read again.
 * Of a time before the newest one, one that is still to come, or a version that is not in force, a tile says nothing.
 */
export function showEvent(event, isRevision) {
  const entry = known.get(event.signal)
  const time = Date.parse(event.time)
  if (!entry || !event.current || time > now() || (entry.time !== null && time < Date.parse(entry.time))) return
  const isNext = event.time !== entry.time
  known.set(event.signal, {
    ...entry,
    value: event.value,
    time: event.time,
    observed_at: event.observed_at,
    settlement_date: event.settlement_date,
    settlement_period: event.settlement_period,
    revised: isRevision,
    replaced_value: isRevision ? event.previous_value : null,
    previous_value: isNext ? entry.value : entry.previous_value,
    previous_time: isNext ? entry.time : entry.previous_time,
    // Whether that makes it fresh the next answer says, a second later; until then it is called no better than it was.
    state: entry.state === "none" ? null : entry.state,
    due_at: isNext ? null : entry.due_at,
    last_day: [...entry.last_day.filter((point) => point.time !== event.time), {
      time: event.time,
      value: event.value,
    }],
  })
  tiles.filter((tile) => [tile.outturn, tile.estimate].includes(event.signal)).forEach(show)
}

/** "NIV −120 MW · 86.50 £/MWh" */
export function headline() {
  const told = (id) => shown.get(id)?.entry
  const [niv, price] = [told("niv"), told("imbalance")]
  return [
    niv?.time && `NIV ${number(niv.value, niv.unit)} ${niv.unit}`,
    price?.time && `${number(price.value, price.unit)} ${price.unit}`,
  ].filter(Boolean).join(" · ")
}

/** Draws every tile again: the zone, or the link, has changed. */
export function redrawTiles() {
  tiles.forEach(show)
}

function show(tile) {
  const parts = shown.get(tile.id)
  const outturn = known.get(tile.outturn)
  const estimate = known.get(tile.estimate)
  const entry = newest(outturn, estimate)
  if (!entry) return
  const isKnown = entry.time !== null
  parts.entry = entry
  const state = stateWord(entry)
  parts.box.dataset.state = entry.state ?? "none"
  say(parts.state, state)
  const marks = [entry.estimate && "estimate", entry.revised && "revised"].filter(Boolean)
  parts.marks.replaceChildren(...marks.flatMap((mark) => [element("span", { class: `mark ${mark}` }, mark), " "]))
  const figure = isKnown ? number(entry.value, entry.unit) : "–"
  if (parts.sentence !== undefined && parts.value.textContent !== figure) flash(parts.value)
  say(parts.value, figure)
  say(parts.unit, entry.unit)
  say(parts.word, isKnown && tile.words ? tile.words(entry.value) : "")
  say(parts.period, isKnown ? periodWords(entry) : "")
  say(parts.due, dueWords(entry))
  say(parts.change, changeWords(entry))
  const label = `${tile.long}, the last day`
  const points = lastDay(outturn, estimate)
  parts.line.replaceChildren(
    ...[sparkline(points, entry.settlement_period === null ? 0 : halfHour, label)].filter(Boolean),
  )
  say(parts.other, otherWords(entry === outturn ? estimate : outturn, entry === outturn))
  say(parts.reason, reasonWords(entry))
  showAge(parts)
  const sentence = isKnown
    ? `${tile.long} ${number(entry.value, entry.unit)} ${spoken(entry.unit)}${
      tile.words ? `, ${tile.words(entry.value)}` : ""
    }` +
      `${entry.settlement_period === null ? "" : `, period ${entry.settlement_period}`}, ${
        [state, ...marks].join(", ")
      }.`
    : `${tile.long} has no value.`
  if (parts.sentence !== undefined && parts.sentence !== sentence) announce(tile.id, sentence)
  parts.sentence = sentence
}

/** A figure that has just changed is seen from the corner of an eye. */
function flash(figure) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return
  figure.animate([{ backgroundColor: "color-mix(in srgb, currentColor 25%, transparent)" }, {
    backgroundColor: "transparent",
  }], 2500)
}

const spoken = (unit) =>
  unit.replace("£/MWh", "pounds per megawatt hour").replace("MW", "megawatts").replace("kW", "kilowatts")

const periodWords = (
  entry,
) => (entry.settlement_period === null
  ? `since ${when(Date.parse(entry.time))}`
  : halfHourWords(Date.parse(entry.time)))

/** Nothing says when values of some signals come: then nothing says that one is late. */
const stateWord = (entry) => (entry.state === "none" ? "no value" : entry.state ?? "no pace")

/** Why it is not fresh, with instants by the clock that is shown; of a fresh one when its feed answered last. */
function reasonWords({ reason, feed, asked_at: askedAt }) {
  if (reason) return reason.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\dZ/g, (text) => when(Date.parse(text)))
  return askedAt ? `${feed} answered at ${when(Date.parse(askedAt))}` : ""
}

/** What a schedule holds next is worth more than when its feed is asked again. */
function dueWords(entry) {
  if (entry.next_time) {
    return `${when(Date.parse(entry.next_time))} ${number(entry.next_value, entry.unit)} ${entry.unit}`
  }
  return entry.due_at ? `due ${when(Date.parse(entry.due_at))}` : ""
}

function changeWords(entry) {
  const words = []
  if (entry.value !== null && entry.previous_value !== null) {
    const before = entry.settlement_period === null
      ? "the step before"
      : `SP ${period(Date.parse(entry.previous_time))}`
    words.push(`${number(entry.value - entry.previous_value, entry.unit, { sign: true })} on ${before}`)
  }
  if (entry.revised && entry.replaced_value !== null) words.push(`was ${number(entry.replaced_value, entry.unit)}`)
  return words.join(" · ")
}

/** The half of the pair that is not in large figures. */
function otherWords(entry, isEstimate) {
  if (!entry || entry.time === null) return ""
  return `${isEstimate ? "Estimate" : "Outturn"} SP ${entry.settlement_period}: ${
    number(entry.value, entry.unit)
  } ${entry.unit}, ${stateWord(entry)}`
}

/** Outturns, and where there are none yet the estimates. */
function lastDay(outturn, estimate) {
  const byTime = new Map()
  for (const entry of [estimate, outturn]) for (const point of entry?.last_day ?? []) byTime.set(point.time, point)
  const points = [...byTime.values()].sort((a, b) => (a.time < b.time ? -1 : 1))
  return points.filter((point) => Date.parse(point.time) > now() - 25 * 3_600_000)
}

function showAges() {
  for (const parts of shown.values()) showAge(parts)
}

function showAge(parts) {
  const entry = parts.entry
  say(parts.age, entry?.time ? duration(now() - Date.parse(entry.time)) : "–")
}
