// Every text that is seen with a contrast (WCAG 2.1, 1.4.3) below what its size needs, and each of the chart's lines
// below 3.
const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })
function rgba(colour) {
  context.clearRect(0, 0, 1, 1)
  context.fillStyle = colour
  context.fillRect(0, 0, 1, 1)
  return [...context.getImageData(0, 0, 1, 1).data]
}
const over = (top, below) =>
  below.map((channel, index) => (index < 3 ? top[index] * (top[3] / 255) + channel * (1 - top[3] / 255) : 255))
function luminance(colour) {
  const [r, g, b] = colour.slice(0, 3).map((channel) => {
    const c = channel / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}
function background(element) {
  const layers = []
  for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor))
  return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 255])
}
const found = []
let looked = 0
for (const element of document.querySelectorAll("body *")) {
  const text = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) =>
    node.data.trim()
  ).join("")
  const style = getComputedStyle(element)
  const box = element.getBoundingClientRect()
  if (!text || box.width <= 1 || style.visibility === "hidden" || element.closest("[hidden], :disabled, canvas")) {
    continue
  }
  looked += 1
  const size = parseFloat(style.fontSize)
  const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5
  const ground = background(element)
  const ratio = contrast(over(rgba(style.color), ground), ground)
  if (ratio < needed) {
    found.push(
      `${element.tagName.toLowerCase()}.${element.className} "${text.slice(0, 30)}" ${ratio.toFixed(2)} of ${needed}`,
    )
  }
}
for (const line of document.querySelectorAll(".line-of")) {
  looked += 1
  const ground = background(line)
  const ratio = contrast(rgba(getComputedStyle(line).color), ground)
  if (ratio < 3) found.push(`the line ${line.id} ${ratio.toFixed(2)} of 3`)
}
return { found, looked }
