// The two panels, drawn by dygraphs: NIV with prices above, dispatch below, one time axis for both.
import { halfHour, now } from "./clock.js"
import { byId } from "./dom.js"
import { rowsOf } from "./series.js"
import { lines, number } from "./signals.js"
import { midnights, timeTicks } from "./ticks.js"

const axisWidth = 56
const panels = new Map()
const hidden = new Set()
let view = null // { read, from, to, asOf }
let revised = new Map() // signal → the times of its revised half hours
let follow = () => {}
let isFollowing = false

export const isInstalled = () => typeof Dygraph === "function"

const timesOf = (points) => new Set(points.map((point) => point.time))

/** `followed(from, to)` hears of every window that is shown, zoomed or not. */
export function makeChart(followed) {
  follow = followed
  byId("chart-missing").hidden = isInstalled()
  // Its legend sets a style attribute, which the page's policy refuses; the desk has its own.
  if (isInstalled()) Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend)
}

/** Draws a range; a zoom into it stays where `keepZoom` says so. */
export function draw(next, { keepZoom = false } = {}) {
  view = next
  revised = new Map([...view.read].map(([signal, { points }]) => [signal, timesOf(points.filter((p) => p.revised))]))
  if (!isInstalled()) return follow(view.from, view.to)
  const isZoomed = keepZoom && zoomed()
  for (const panel of ["market", "dispatch"]) {
    const chosen = lines.filter((line) => line.panel === panel)
    const file = rowsOf(view.read, chosen, view.to)
    if (file.length === 0) file.push([new Date(view.from), ...chosen.map(() => null)])
    const graph = panels.get(panel)
    if (graph) {
      graph.updateOptions({
        file,
        ...appearance(chosen),
        dateWindow: isZoomed ? graph.xAxisRange() : [view.from, view.to],
      })
    } else panels.set(panel, make(panel, chosen, file))
  }
  tell()
}

export const zoomed = () => {
  if (!panels.has("market") || !view) return false
  const [from, to] = panels.get("market").xAxisRange()
  return from > view.from + 1 || to < view.to - 1
}

export function showWindow(from, to) {
  if (!view || !panels.has("market")) return
  const width = Math.max(2 * halfHour, Math.min(to - from, view.to - view.from))
  const start = Math.max(view.from, Math.min(from, view.to - width))
  panels.get("market").updateOptions({ dateWindow: [start, start + width] })
}

export const showWhole = () => showWindow(view.from, view.to)
export const shownWindow = () => panels.get("market")?.xAxisRange() ?? [view.from, view.to]

export function showLine(signal, isShown) {
  if (isShown) hidden.delete(signal)
  else hidden.add(signal)
  for (const [panel, graph] of panels) {
    lines.filter((line) => line.panel === panel).forEach((line, index) =>
      graph.setVisibility(index, !hidden.has(line.signal))
    )
  }
}

/** Pixels from the charts' left edge, and back. */
export const xOf = (time) => panels.get("market")?.toDomXCoord(time) ?? null
export const timeAt = (x) => panels.get("market")?.toDataXCoord(x) ?? null
export const mostPoints = () => Math.max(600, Math.ceil((byId("charts").clientWidth * 2) / 100) * 100)

function make(panel, chosen, file) {
  const hasPrices = chosen.some((line) => line.axis === "y2")
  return new Dygraph(byId(panel), file, {
    labels: ["time", ...chosen.map((line) => line.signal)],
    visibility: chosen.map((line) => !hidden.has(line.signal)),
    dateWindow: [view.from, view.to],
    stepPlot: true,
    connectSeparatedPoints: true,
    fillAlpha: 0.16,
    includeZero: true,
    highlightCircleSize: 0,
    drawPoints: true,
    pointSize: 3,
    drawPointCallback: drawRevised,
    axisLabelFontSize: 12,
    xAxisHeight: 22,
    rightGap: hasPrices ? 4 : axisWidth + 10,
    animatedZooms: false,
    xRangePad: 0,
    yRangePad: 8,
    resizable: "passive",
    underlayCallback: drawBelow,
    drawCallback: (graph) => together(graph),
    ...appearance(chosen),
  })
}

function appearance(chosen) {
  const style = getComputedStyle(byId("charts"))
  const axis = (unit) => ({
    axisLabelWidth: axisWidth,
    pixelsPerLabel: 34,
    axisLabelFormatter: (value) => value.toLocaleString("en-GB").replace("-", "−"),
    valueFormatter: (value) => number(value, unit),
  })
  return {
    colors: chosen.map((line) => colourOf(line.signal)),
    gridLineColor: style.getPropertyValue("border-left-color"),
    axisLineColor: style.getPropertyValue("border-left-color"),
    axes: {
      x: { ticker: timeTicks, drawGrid: false, pixelsPerLabel: 74, axisLabelWidth: 74 },
      y: axis(chosen[0].unit),
      y2: { ...axis("£/MWh"), independentTicks: true, drawGrid: false },
    },
    series: Object.fromEntries(chosen.map((line) => {
      // Many points to a pixel are a band, not a line.
      const isDense = view.read.get(line.signal)?.thinned
      return [line.signal, {
        axis: line.axis,
        fillGraph: line.filled === true && !isDense,
        strokeWidth: isDense ? 0.6 : line.dashed ? 1.25 : 1.75,
        strokePattern: line.dashed ? [5, 3] : null,
      }]
    })),
  }
}

/** A colour has one place, the style sheet: the line's button in the legend has it. */
const colourOf = (signal) => getComputedStyle(byId(`line-${signal}`)).color

/** What changes the window of one panel changes the other's. */
function together(graph) {
  if (isFollowing || !view) return
  const range = graph.xAxisRange()
  isFollowing = true
  for (const other of panels.values()) {
    const own = other.xAxisRange()
    if (other !== graph && (own[0] !== range[0] || own[1] !== range[1])) other.updateOptions({ dateWindow: range })
  }
  isFollowing = false
  tell()
}

function tell() {
  const [from, to] = shownWindow()
  follow(from, to)
}

/** A ring in the middle of each half hour that was revised. */
function drawRevised(graph, signal, context, _x, y, colour, size, row) {
  const time = graph.getValue(row, 0)
  if (!revised.get(signal)?.has(time)) return
  context.beginPath()
  context.lineWidth = 1.5
  context.strokeStyle = colour
  context.arc(graph.toDomXCoord(time + halfHour / 2), y, size, 0, 2 * Math.PI)
  context.stroke()
}

/** Below the lines: midnights, zero, now, and the instant of what was known. */
function drawBelow(context, area, graph) {
  const style = getComputedStyle(byId("charts"))
  const [from, to] = graph.xAxisRange()
  const vertical = (time, colour, dash) => {
    if (time < from || time > to) return
    const x = Math.round(graph.toDomXCoord(time)) + 0.5
    context.beginPath()
    context.setLineDash(dash)
    context.strokeStyle = colour
    context.moveTo(x, area.y)
    context.lineTo(x, area.y + area.h)
    context.stroke()
  }
  context.save()
  context.lineWidth = 1
  if (to - from < 45 * 24 * 2 * halfHour) {
    for (const time of midnights(from, to)) vertical(time, style.borderLeftColor, [])
  }
  const zero = Math.round(graph.toDomYCoord(0)) + 0.5
  if (zero > area.y && zero < area.y + area.h) {
    context.beginPath()
    context.setLineDash([])
    context.strokeStyle = style.color
    context.globalAlpha = 0.55
    context.moveTo(area.x, zero)
    context.lineTo(area.x + area.w, zero)
    context.stroke()
    context.globalAlpha = 1
  }
  vertical(view.asOf ?? now(), view.asOf === null ? style.color : style.outlineColor, [2, 3])
  context.restore()
}
