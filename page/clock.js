// Time: the server's clock, the zone that is shown, settlement periods of Europe/London.

export const halfHour = 30 * 60_000
export const day = 24 * 3_600_000
export const london = "Europe/London"

let offset = 0 // the server's clock less ours, in milliseconds
let zone = london

/** Milliseconds since 1970 by the server's clock, which all ages are counted by. */
export const now = () => Date.now() + offset
/** Not from an answer that the browser may have kept, whose as_of is of then. */
export function hearClock(asOf) {
  offset = Date.parse(asOf) - Date.now()
}
export const shownZone = () => zone
export function showZone(name) {
  zone = name
}

const formats = new Map()
function parts(time, inZone) {
  if (!formats.has(inZone)) {
    formats.set(
      inZone,
      new Intl.DateTimeFormat("en-GB", {
        timeZone: inZone,
        hourCycle: "h23",
        weekday: "short",
        year: "numeric",
        month: "short",
        day: "2-digit",
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
      }),
    )
  }
  const found = {}
  for (const { type, value } of formats.get(inZone).formatToParts(time)) found[type] = value
  return found
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"]
const monthNumber = (name) => months.findIndex((month) => month.startsWith(name.slice(0, 3)))

/** The shown zone's clock at an instant, as if it were UTC: for arithmetic of days and hours. */
export function local(time, inZone = zone) {
  const p = parts(time, inZone)
  const whole = Date.UTC(p.year, monthNumber(p.month), p.day, p.hour, p.minute, p.second)
  return whole + (((time % 1000) + 1000) % 1000)
}

/** The instant at which the zone's clock shows `wall`; of two the earlier one, of none the one an hour on. */
export function instant(wall, inZone = zone) {
  const early = wall - (local(wall - day / 2, inZone) - (wall - day / 2))
  if (local(early, inZone) === wall) return early
  return wall - (local(wall + day / 2, inZone) - (wall + day / 2))
}

/** 1 to 46, 48 or 50, from London's midnight. */
export function period(time) {
  const midnight = instant(Math.floor(local(time, london) / day) * day, london)
  return Math.floor((time - midnight) / halfHour) + 1
}

const two = (number) => String(number).padStart(2, "0")
export const hourMinute = (time) => {
  const p = parts(time, zone)
  return `${p.hour}:${p.minute}`
}
export const hourMinuteSecond = (time) => {
  const p = parts(time, zone)
  return `${p.hour}:${p.minute}:${p.second}`
}
export const dayMonth = (time) => {
  const p = parts(time, zone)
  return `${p.day} ${p.month}`
}
export const weekdayDay = (time) => {
  const p = parts(time, zone)
  return `${p.weekday} ${p.day} ${p.month}`
}
export const monthYear = (time) => {
  const p = parts(time, zone)
  return `${p.month} ${p.year}`
}

/** "15:30" today, else with its date: "27 Nov 15:30". */
export function when(time, seconds = false) {
  const clock = seconds ? hourMinuteSecond(time) : hourMinute(time)
  return Math.floor(local(time) / day) === Math.floor(local(now()) / day) ? clock : `${dayMonth(time)} ${clock}`
}

export const zoneWord = () => (zone !== london ? "UTC" : local(now()) - now() > halfHour ? "BST" : "GMT")

/** "SP 33 · 15:00–15:30", with the date where it is not today. */
export function halfHourWords(time) {
  return `SP ${period(time)} · ${when(time)}–${hourMinute(time + halfHour)}`
}

/** "42 s", "5 min 03 s", "1 h 05 min", "3 d 4 h": two units, counted down to the smaller one. */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60) % 60)} min`
  return `${Math.floor(seconds / 86400)} d ${Math.floor(seconds / 3600) % 24} h`
}
