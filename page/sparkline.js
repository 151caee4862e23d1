// The last day of a signal in a line as small as a word: half hours as steps, zero where it is in reach.
import { now } from "./clock.js"
import { drawing } from "./dom.js"

const width = 160
const height = 36

/**
 * `points` are { time, value } in order, each for `step` milliseconds, or until the next where that is 0.
 * null where they are too few for a line.
 */
export function sparkline(points, step, label) {
  if (points.length < 2) return null
  const times = points.map((point) => Date.parse(point.time))
  const values = points.map((point) => point.value)
  const end = step > 0 ? times.at(-1) + step : Math.max(now(), times.at(-1))
  const low = Math.min(...values)
  const high = Math.max(...values)
  const spread = high - low || 1
  const x = (time) => (((time - times[0]) / (end - times[0])) * width).toFixed(1)
  const y = (value) => (height - 3 - ((value - low) / spread) * (height - 6)).toFixed(1)
  let path = ""
  points.forEach((_, index) => {
    const until = index + 1 < points.length ? times[index + 1] : end
    // A half hour that is missing leaves a gap, not a line that was never there.
    const isGap = index === 0 || (step > 0 && times[index] - times[index - 1] > step)
    path += `${isGap ? "M" : "L"}${x(times[index])} ${y(values[index])}H${
      x(step > 0 ? Math.min(until, times[index] + step) : until)
    }`
  })
  const drawn = drawing("svg", {
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: "none",
    class: "sparkline",
    role: "img",
    "aria-label": label,
  })
  if (low < 0 && high > 0) drawn.append(drawing("line", { class: "zero", x1: 0, x2: width, y1: y(0), y2: y(0) }))
  drawn.append(drawing("path", { d: path, "vector-effect": "non-scaling-stroke" }))
  return drawn
}
