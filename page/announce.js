// What a screen reader is told of new values: one sentence, of the last change of each tile, at most every 15 seconds.

const quiet = 15_000
const waiting = new Map()
let last = -Infinity
let timer = null

/** `sentence` of `subject` replaces one that waits still. */
export function announce(subject, sentence) {
  waiting.set(subject, sentence)
  timer ??= setTimeout(tell, Math.max(0, last + quiet - performance.now()))
}

function tell() {
  timer = null
  last = performance.now()
  document.getElementById("announcement").textContent = [...waiting.values()].join(" ")
  waiting.clear()
}
