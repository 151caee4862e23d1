// The latest changes: every value that came while the page was open, and every one that was revised.
import { duration, halfHourWords, when } from "./clock.js"
import { byId, element, fill } from "./dom.js"
import { number } from "./signals.js"

const most = 12
const changes = []

/** An event of the stream: a value, a revision, or a load that was too large to be told value by value. */
export function showChange(event, kind) {
  changes.unshift({ ...event, what: kind })
  changes.splice(most)
  redrawChanges()
}

export function redrawChanges() {
  fill(
    byId("changes"),
    [
      {
        title: "At",
        cell: (row) =>
          element("span", {
            title: `from observed to stored: ${duration(Date.parse(row.stored_at) - Date.parse(row.observed_at))}`,
          }, when(Date.parse(row.stored_at), true)),
      },
      { title: "Signal", cell: (row) => row.signal },
      {
        title: "Of",
        cell: (
          row,
        ) => (row.what === "reload"
          ? `${when(Date.parse(row.from))} to ${when(Date.parse(row.to))}`
          : row.settlement_period === null
          ? when(Date.parse(row.time))
          : halfHourWords(Date.parse(row.time))),
      },
      {
        title: "Was",
        class: "figure",
        cell: (row) => (row.what === "revision" ? number(row.previous_value, row.unit) : ""),
      },
      {
        title: "Is",
        class: "figure",
        cell: (row) => (row.what === "reload" ? `${row.inserted} new` : `${number(row.value, row.unit)} ${row.unit}`),
      },
      {
        title: "",
        cell: (row) =>
          element(
            "span",
            { class: `mark ${row.what}` },
            { value: "new", revision: "revised", reload: row.kind }[row.what],
          ),
      },
    ],
    changes,
    "Nothing yet.",
  )
}
