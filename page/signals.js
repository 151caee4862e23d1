// What the desk shows: the tiles, the lines of the chart, how their numbers are written.

/** How many decimals a unit is read with, and the words of its sign. */
const units = {
  "MW": { decimals: 0 },
  "£/MWh": { decimals: 2 },
  "kW": { decimals: 0 },
}
const minus = "−"

export function number(value, unit, { sign = false } = {}) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–"
  const decimals = (units[unit] ?? { decimals: 2 }).decimals
  const text = Math.abs(value).toLocaleString("en-GB", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
  const isZero = Number(text.replaceAll(",", "")) === 0
  if (value < 0 && !isZero) return minus + text
  return (sign && !isZero ? "+" : "") + text
}

/** Each tile: the outturn, and the estimate that stands for it until it is out. */
export const tiles = [
  {
    id: "niv",
    title: "NIV",
    long: "Net imbalance volume",
    outturn: "niv_outturn",
    estimate: "niv_estimate",
    words: (value) => (value > 0 ? "short" : value < 0 ? "long" : "balanced"),
  },
  { id: "wholesale", title: "Wholesale price", long: "Wholesale price", outturn: "wholesale_price" },
  {
    id: "imbalance",
    title: "Imbalance price",
    long: "Imbalance price",
    outturn: "imbalance_price",
    estimate: "imbalance_price_estimate",
  },
  {
    id: "dispatch",
    title: "Dispatch",
    long: "Axle dispatch",
    outturn: "axle_dispatch",
    words: (value) => (value > 0 ? "discharge" : value < 0 ? "charge" : "idle"),
  },
]

/** Each line of the chart. What is marked where it was revised: outturns; an estimate is revised by its nature. */
export const lines = [
  { signal: "niv_outturn", title: "NIV", unit: "MW", panel: "market", axis: "y", marked: true, filled: true },
  { signal: "niv_estimate", title: "NIV estimate", unit: "MW", panel: "market", axis: "y", dashed: true },
  { signal: "imbalance_price", title: "Imbalance", unit: "£/MWh", panel: "market", axis: "y2", marked: true },
  {
    signal: "imbalance_price_estimate",
    title: "Imbalance estimate",
    unit: "£/MWh",
    panel: "market",
    axis: "y2",
    dashed: true,
  },
  { signal: "wholesale_price", title: "Wholesale", unit: "£/MWh", panel: "market", axis: "y2", marked: true },
  {
    signal: "axle_dispatch",
    title: "Dispatch",
    unit: "kW",
    panel: "dispatch",
    axis: "y",
    filled: true,
    instants: true,
  },
]

/** Of an outturn and its estimate the one of the later time; the outturn where both are of one. */
export function newest(outturn, estimate) {
  if (!estimate || estimate.time === null) return outturn
  if (!outturn || outturn.time === null) return estimate
  return Date.parse(estimate.time) > Date.parse(outturn.time) ? estimate : outturn
}
