// What this browser remembers: zone and colours. Loaded before all else, so that no wrong colour flashes by.
import { london, showZone } from "./clock.js"

const kept = {
  read(name, otherwise) {
    try {
      return localStorage.getItem(name) ?? otherwise
    } catch {
      return otherwise
    }
  },
  write(name, value) {
    try {
      localStorage.setItem(name, value)
    } catch { /* a browser that keeps nothing */ }
  },
}

document.documentElement.dataset.theme = kept.read("theme", "auto")
showZone(kept.read("zone", london))

/** Ties the two switches to what they set; `changed` redraws. */
export function bindPreferences(changed) {
  bind("theme", document.documentElement.dataset.theme, (value) => {
    document.documentElement.dataset.theme = value
  })
  bind("zone", kept.read("zone", london), showZone)
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed)

  function bind(name, value, set) {
    for (const choice of document.querySelectorAll(`input[name=${name}]`)) {
      choice.checked = choice.value === value
      choice.addEventListener("change", () => {
        kept.write(name, choice.value)
        set(choice.value)
        changed()
      })
    }
  }
}
